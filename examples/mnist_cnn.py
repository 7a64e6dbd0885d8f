"""The PyTorch original of mnist-cnn.ts: the same model, seed, batches and losses."""

import time

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils.data import DataLoader
from torchvision import datasets, transforms


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3)
        self.conv2 = nn.Conv2d(16, 32, 3)
        self.fc1 = nn.Linear(800, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc1(x.flatten(1))


train = datasets.MNIST("data", train=True, download=True, transform=transforms.ToTensor())
test = datasets.MNIST("data", train=False, download=True, transform=transforms.ToTensor())
torch.manual_seed(5)
loader = DataLoader(train, batch_size=64, shuffle=True)
model = Net()
optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
criterion = nn.CrossEntropyLoss()

started = time.time()
for epoch in range(1, 6):
    losses = []
    for images, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(f"Epoch {epoch}, Loss: {sum(losses) / len(losses):.4f}")
seconds = time.time() - started

correct = 0
with torch.no_grad():
    for images, labels in DataLoader(test, batch_size=1000):
        correct += (model(images).argmax(1) == labels).sum().item()
print(f"Accuracy: {100 * correct / len(test):.2f}% of {len(test)} test images")
print(f"Time: {seconds:.1f} s for training")
