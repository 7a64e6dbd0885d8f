import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Child, PeerError } from './child.ts';

/** A framework, set up in one way. */
export interface PeerSpec {
  readonly name: string;
  /** What `--peers` takes beside the name. */
  readonly family: string;
  readonly about: string;
  readonly threads: number;
  readonly module: 'retrograd' | 'tfjs' | 'jax-js' | 'pytorch';
  readonly env?: Readonly<Record<string, string>>;
  /** Needs the workers that browsers have. */
  readonly webWorkers?: true;
  /** Takes part only if asked for by name. */
  readonly asked?: true;
  /** Leaves out long cases. */
  readonly slow?: true;
}

/** What binds OpenMP and the BLAS libraries, which `torch.set_num_threads` alone does not. */
const threadCaps = (threads: number) =>
  Object.fromEntries(
    ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'].map((name) => [name, String(threads)]),
  );

/** All peers; those that use several threads with as many as given. */
export function peersWith(threads: number): PeerSpec[] {
  const torch = { family: 'torch', module: 'pytorch' } as const;
  const retrograd = { family: 'retrograd', module: 'retrograd' } as const;
  const tfjs = { family: 'tfjs', module: 'tfjs', threads: 1 } as const;
  return [
    { ...torch, name: 'torch-1', about: 'PyTorch, one thread', threads: 1, env: threadCaps(1) },
    { ...torch, name: 'torch-all', about: 'PyTorch, all threads', threads, env: threadCaps(threads) },
    { ...retrograd, name: 'retrograd-1', about: 'retrograd, one thread', threads: 1 },
    { ...retrograd, name: 'retrograd-all', about: 'retrograd, all threads', threads },
    {
      ...retrograd,
      name: 'retrograd-reference',
      about: "retrograd's reference backend",
      threads: 1,
      env: { RETROGRAD_BACKEND: 'reference' },
      asked: true,
      slow: true,
    },
    { ...tfjs, name: 'tfjs-wasm', about: 'TensorFlow.js, wasm', env: { TFJS_BACKEND: 'wasm' } },
    {
      ...tfjs,
      name: 'tfjs-cpu',
      about: 'TensorFlow.js, plain JavaScript',
      env: { TFJS_BACKEND: 'cpu' },
      asked: true,
      slow: true,
    },
    {
      name: 'jax-js',
      family: 'jax-js',
      about: 'jax-js, wasm, jitted, all threads',
      module: 'jax-js',
      threads,
      webWorkers: true,
      slow: true,
    },
  ];
}

/** The modules that run in Node. */
export const nodeModules = ['retrograd', 'tfjs', 'jax-js'] as const;

/** Starts peers; `folder` holds the inputs. */
export class Launcher {
  readonly #bundles: string;
  readonly #folder: string;
  #python: string | undefined;

  constructor(bundles: string, folder: string) {
    this.#bundles = bundles;
    this.#folder = folder;
  }

  /** @throws PeerError where it cannot take part */
  start({ module, threads, env, webWorkers }: PeerSpec): Promise<Child> {
    const bundle = (name: string) => join(this.#bundles, `${name}.js`);
    const preload = webWorkers ? ['--import', bundle('web-workers')] : [];
    const [command, ...script]: [string, ...string[]] =
      module === 'pytorch'
        ? [this.#findPython(), join(import.meta.dirname, 'peers', 'pytorch.py')]
        : [process.execPath, ...preload, bundle('serve'), bundle(module)];
    return Child.start(command, [...script, this.#folder, String(threads)], env);
  }

  #findPython(): string {
    const candidates = [process.env.PYTHON || 'python3', 'python3', '/usr/bin/python3'];
    this.#python ??= candidates.find((path) => spawnSync(path, ['-c', 'import torch']).status === 0);
    if (this.#python === undefined)
      throw new PeerError('no python3 here can import torch; $PYTHON may name one');
    return this.#python;
  }
}
