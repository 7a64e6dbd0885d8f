import { defaultGenerator, Generator, manualSeed, randn, Tensor } from '@retrograd/core';
import { DataLoader, TensorDataset } from '@retrograd/datasets';
import * as nn from '@retrograd/nn';
import * as optim from '@retrograd/optim';

const { F } = nn;

class Net extends nn.Module {
  fc1 = new nn.Linear(6, 16);
  bn = new nn.BatchNorm1d(16);
  drop = new nn.Dropout(0.3);
  fc2 = new nn.Linear(16, 2);

  override forward(x: Tensor): Tensor {
    return this.fc2.forward(this.drop.forward(F.relu(this.bn.forward(this.fc1.forward(x)))));
  }
}

/** Data that every run has, whatever it has drawn before. */
function dataset(): TensorDataset<[Tensor, Tensor]> {
  manualSeed(17);
  const x = randn(24, 6);
  return new TensorDataset(x, x.narrow(1, 0, 2).sin());
}

/** A run of training, all of whose state goes into a checkpoint. */
export class Run {
  readonly #loader = new DataLoader(dataset(), { batchSize: 8, shuffle: true });
  readonly model = new Net();
  readonly ema = new optim.AveragedModel(new Net(), { avgFn: optim.getEmaAvgFn(0.9) });
  readonly optimizer = new optim.AdamW(this.model.parameters(), { lr: 0.01, amsgrad: true });
  readonly scheduler = new optim.CosineAnnealingWarmRestarts(this.optimizer, 2);
  readonly plateau = new optim.ReduceLROnPlateau(this.optimizer);
  epoch = 0;

  constructor(seed: number) {
    manualSeed(seed);
    // As if layers had been made from this seed: a new run's weights are its own.
    for (const parameter of this.model.parameters()) parameter.detach().normal_(0, 0.3);
  }

  get #stateful() {
    const { model, ema, optimizer, scheduler, plateau } = this;
    return { model, ema, optimizer, schedules: [scheduler, plateau], generator: defaultGenerator };
  }

  async trainEpoch(): Promise<void> {
    for await (const [x, y] of this.#loader) {
      this.optimizer.zeroGrad();
      const loss = F.mseLoss(this.model.forward(x), y);
      loss.backward();
      this.optimizer.step();
      this.ema.updateParameters(this.model);
    }
    this.scheduler.step();
    this.plateau.step(1 / (1 + this.epoch));
    this.epoch++;
  }

  async save(path: string): Promise<void> {
    await nn.saveCheckpoint(path, { ...this.#stateful, epoch: this.epoch });
  }

  async resume(path: string): Promise<void> {
    const { epoch } = await nn.loadCheckpoint<{ epoch: number }>(path, this.#stateful);
    this.epoch = epoch;
  }

  /** Every bit there is. */
  bits(): string[] {
    return [...bitsOf({ ...this.#stateful, epoch: this.epoch })];
  }
}

function* bitsOf(value: unknown): Iterable<string> {
  if (value instanceof Tensor) yield Buffer.from(value.data.buffer).toString('hex');
  else if (value instanceof Generator) yield* bitsOf(value.getState());
  else if (typeof value !== 'object' || value === null) yield Object.is(value, -0) ? '-0' : String(value);
  else if ('stateDict' in value) yield* bitsOf((value as nn.Stateful).stateDict());
  else
    for (const [key, each] of Object.entries(value)) {
      yield key;
      yield* bitsOf(each);
    }
}
