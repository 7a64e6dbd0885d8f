import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Hello, Reply, Request } from './protocol.ts';

/** Why a peer cannot take part, or not in a case. */
export class PeerError extends Error {}

type Ready = Exclude<Hello, { missing: string }>;

/** A peer's process. */
export class Child {
  readonly hello: Ready;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #messages: AsyncIterator<string>;

  private constructor(
    process: ChildProcessWithoutNullStreams,
    messages: AsyncIterator<string>,
    hello: Ready,
  ) {
    this.#process = process;
    this.#messages = messages;
    this.hello = hello;
  }

  /** @throws PeerError where it cannot take part */
  static async start(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Child> {
    const child = spawn(command, args, { env: { ...process.env, ...env } });
    const messages = messagesOf(child);
    const hello: Hello = await next(messages);
    if ('missing' in hello) throw new PeerError(hello.missing);
    return new Child(child, messages, hello);
  }

  /** @throws PeerError where it cannot do this */
  async ask(request: Request): Promise<Exclude<Reply, { missing: string }>> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const reply: Reply = await next(this.#messages);
    if ('missing' in reply) throw new PeerError(reply.missing);
    return reply;
  }

  stop(): void {
    this.#process.kill();
  }
}

/** The lines that are messages; libraries may print others. At the end, what the process said of its death. */
async function* messagesOf(child: ChildProcessWithoutNullStreams): AsyncGenerator<string, never> {
  let complaint = '';
  child.stderr.on('data', (text) => {
    complaint = (complaint + text).slice(-2000);
  });
  child.on('error', (error) => {
    complaint = error.message;
  });
  // A write to a process that has died is told by its output's end.
  child.stdin.on('error', () => {});
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('{')) yield line;
  throw new PeerError(`its process ended: ${complaint.trim().split('\n').at(-1) || 'without a word'}`);
}

async function next<Message>(messages: AsyncIterator<string>): Promise<Message> {
  const { value } = await messages.next();
  return JSON.parse(value);
}
