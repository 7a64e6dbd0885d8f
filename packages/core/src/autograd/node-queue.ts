import type { Node } from './tape.ts';

/** A binary heap that gives the youngest node first. */
export class NodeQueue {
  readonly #heap: Node[] = [];

  push(node: Node): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(node);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Node;
      if (parent.sequence >= node.sequence) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = node;
  }

  pop(): Node | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      if (left === undefined) break;
      const younger = right !== undefined && right.sequence > left.sequence ? right : left;
      if (younger.sequence <= last.sequence) break;
      heap[at] = younger;
      at = younger === left ? 2 * at + 1 : 2 * at + 2;
    }
    heap[at] = last;
    return top;
  }
}
