"""Serves PyTorch to the benchmark: python3 pytorch.py INPUTS THREADS. See protocol.ts and workload.ts."""

import time

started = time.perf_counter()
import torch  # noqa: E402

opened = time.perf_counter() - started

import json  # noqa: E402
import re  # noqa: E402
import resource  # noqa: E402
import sys  # noqa: E402

import torch.nn as nn  # noqa: E402
import torch.nn.functional as F  # noqa: E402

folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
inputs = json.load(open(f"{folder}/inputs.json"))
noise = torch.frombuffer(bytearray(open(f"{folder}/noise.f32", "rb").read()), dtype=torch.float32)
labels = torch.tensor(inputs["labels"])


def array(name):
    spec = inputs["arrays"][name]
    count = torch.Size(spec["shape"]).numel()
    turned = noise.roll(-spec["offset"])
    repeated = turned.repeat(-(-count // len(noise)))[:count]
    return (repeated * torch.tensor(spec["scale"], dtype=torch.float32)).reshape(spec["shape"])


def weights(network):
    names = [name for name in inputs["arrays"] if re.fullmatch(rf"{network}\..*\.(weight|bias)", name)]
    return {name[len(network) + 1 :]: array(name) for name in names}


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3)
        self.conv2 = nn.Conv2d(16, 32, 3)
        self.fc1 = nn.Linear(800, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc1(x.flatten(1))


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 256)
        self.fc2 = nn.Linear(256, 10)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))


def trained(model, images):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    criterion = nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    losses = [step() for _ in range(5)]
    return {"call": step, "check": losses[-1]}


def step():
    model = Cnn()
    model.load_state_dict(weights("cnn"))
    return trained(model, array("step.images"))


def mlp():
    model = Mlp()
    model.load_state_dict(weights("mlp"))
    return trained(model, array("mlp.images"))


def magnitudes(values):
    return values.double().abs().sum().item()


def without_gradient(call):
    def wrapped():
        with torch.no_grad():
            return call()

    return {"call": wrapped, "check": magnitudes(wrapped())}


def inference(batch):
    model = Cnn()
    model.load_state_dict(weights("cnn"))
    images = array("step.images")[:batch].clone()
    return without_gradient(lambda: model(images))


def matmul(n):
    a, b = array(f"a.{n}"), array(f"b.{n}")
    return without_gradient(lambda: a @ b)


def chain_forward():
    x, y, z = (array(f"chain.{name}") for name in "xyz")
    return without_gradient(lambda: torch.tanh(x) * y + z)


def chain():
    x, y, z = (array(f"chain.{name}").requires_grad_() for name in "xyz")

    def call():
        x.grad = y.grad = z.grad = None
        (torch.tanh(x) * y + z).sum().backward()

    call()
    return {"call": call, "check": magnitudes(x.grad)}


def tiny(tape):
    a, b = (array(f"tiny.{name}").requires_grad_(tape) for name in "ab")

    def call():
        for _ in range(1000):
            a + b

    return {"call": call, "repeat": 1000}


def vgg16():
    state = weights("vgg")
    image = array("vgg.image")

    def forward():
        x, layer = image, 0
        for width in inputs["vgg"]:
            if width == 0:
                x = F.max_pool2d(x, 2)
                continue
            x = F.relu(F.conv2d(x, state[f"conv{layer}.weight"], state[f"conv{layer}.bias"], padding=1))
            layer += 1
        x = x.flatten(1)
        for layer in range(3):
            x = F.linear(x, state[f"fc{layer}.weight"], state[f"fc{layer}.bias"])
            x = F.relu(x) if layer < 2 else x
        return x

    return without_gradient(forward)


def epoch():
    """What examples/mnist_cnn.py does."""
    from torch.utils.data import DataLoader
    from torchvision import datasets, transforms

    train = datasets.MNIST(folder, train=True, transform=transforms.ToTensor())
    work = {}

    def call():
        torch.manual_seed(inputs["seed"])
        loader = DataLoader(train, batch_size=64, shuffle=True)
        model = Cnn()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
        criterion = nn.CrossEntropyLoss()
        losses = []
        for images, targets in loader:
            optimizer.zero_grad()
            loss = criterion(model(images), targets)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        work["check"] = sum(losses) / len(losses)

    work["call"] = call
    return work


works = {
    "step": step,
    "mlp": mlp,
    "inference-1": lambda: inference(1),
    "inference-64": lambda: inference(64),
    "matmul-512": lambda: matmul(512),
    "matmul-1024": lambda: matmul(1024),
    "chain-forward": chain_forward,
    "chain": chain,
    "tiny": lambda: tiny(False),
    "tiny-tape": lambda: tiny(True),
    "cold": lambda: {"call": lambda: (torch.ones(64, 64) @ torch.ones(64, 64))[0, 0].item()},
    "vgg16": vgg16,
    "epoch": epoch,
}

current = (None, None)


def work_of(name):
    global current
    if current[0] != name:
        current = (None, None)
        current = (name, works[name]())
    return current[1]


def timed(work):
    before = time.perf_counter()
    work["call"]()
    return 1000 * (time.perf_counter() - before) / work.get("repeat", 1)


def calls_for(milliseconds, work):
    end = time.perf_counter() + milliseconds / 1000
    values = [timed(work)]
    while time.perf_counter() < end:
        values.append(timed(work))
    return values


def answer_time(request):
    work = work_of(request["case"])
    if request["warm"] > 0:
        calls_for(request["warm"], work)
    values = calls_for(request["measure"], work)
    return {"values": values, **({"check": work["check"]} if "check" in work else {})}


def answer_cold(request):
    work = work_of(request["case"])
    return {"values": [1000 * opened + timed(work)]}


def resident():
    pages = int(open("/proc/self/statm").read().split()[1])
    return pages * resource.getpagesize() / 2**20


def answer_memory(request):
    work = work_of("epoch")
    work["call"]()
    half = resident()
    work["call"]()
    change = round(resident() - half)
    # macOS counts in bytes, Linux in KiB.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return {
        "values": [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit],
        "note": f"{'−' if change < 0 else '+'}{abs(change)} MiB in the second epoch",
    }


answers = {"time": answer_time, "cold": answer_cold, "memory": answer_memory}


def say(message):
    print(json.dumps(message), flush=True)


def blas_note():
    """Without an optimised BLAS, PyTorch's matrix products are tens of times slower than it is fair to compare with."""
    torch.ones(64, 64) @ torch.ones(64, 64)
    if "blas=mkl" in torch.__config__.show().lower().replace("_info", ""):
        return {}
    try:
        maps = open("/proc/self/maps").read()
    except OSError:
        return {}
    fast = re.search(r"openblas|mkl_|libblis|atlas", maps)
    return {} if fast else {"note": "its BLAS is the slow reference one: install libopenblas0"}


say({"version": torch.__version__, "threads": threads, **blas_note()})
for line in sys.stdin:
    request = json.loads(line)
    try:
        say(answers[request["kind"]](request))
    except Exception as error:
        say({"missing": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"})
