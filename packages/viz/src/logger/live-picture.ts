import type { Notebook } from '../notebook.ts';
import { jupyterDisplay, type MimeBundle, type Picture } from '../picture.ts';

/** Drawing may take about one part in ten of the time. */
const pausePerDrawing = 10;
/** Bounds of the time between two pictures, in milliseconds. The first takes long: what draws is loaded for it. */
const [leastPause, mostPause] = [1000, 4000];

/**
 * A picture in a notebook that changes where it stands: a `display_data` message with a name of its own, then
 * `update_display_data` for that name. The last state is what the notebook's file keeps.
 * https://jupyter-client.readthedocs.io/en/stable/messaging.html#update-display-data
 */
export class LivePicture {
  readonly #notebook: Notebook;
  readonly #picture: () => Picture;
  readonly #complain: (error: unknown) => void;
  readonly #name = crypto.randomUUID();
  #shown = false;
  #failed = false;
  #due = 0;
  #drawing: Promise<void> | undefined;
  #later: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param picture makes the picture as it is by now
   * @param complain is told, once, why it cannot be shown; that is no reason to end a training
   */
  constructor(notebook: Notebook, picture: () => Picture, complain: (error: unknown) => void) {
    this.#notebook = notebook;
    this.#picture = picture;
    this.#complain = complain;
  }

  /** Shows the picture as it is by now, or as it is when it is time for the next one. */
  update(): void {
    if (this.#drawing !== undefined || this.#later !== undefined) return;
    const wait = this.#due - performance.now();
    if (wait > 0) this.#later = setTimeout(() => this.#redraw(), wait);
    else this.#redraw();
  }

  /** Resolves when no picture is being drawn. */
  async drawn(): Promise<void> {
    await this.#drawing;
  }

  /** Shows the picture as it is by now, in all the forms that it has. */
  async finish(): Promise<void> {
    await this.#drawing;
    clearTimeout(this.#later);
    await this.#show(() => this.#picture()[jupyterDisplay]());
  }

  #redraw(): void {
    this.#later = undefined;
    const started = performance.now();
    this.#drawing = this.#show(async () => ({
      'image/svg+xml': await this.#picture().svg({ theme: 'light' }),
    })).then(() => {
      const now = performance.now();
      this.#due = now + Math.min(Math.max(pausePerDrawing * (now - started), leastPause), mostPause);
      this.#drawing = undefined;
    });
  }

  async #show(draw: () => Promise<MimeBundle>): Promise<void> {
    if (this.#failed) return;
    try {
      const data = await draw();
      const type = this.#shown ? 'update_display_data' : 'display_data';
      this.#shown = true;
      await this.#notebook.broadcast(type, { data, metadata: {}, transient: { display_id: this.#name } });
    } catch (error) {
      this.#failed = true;
      this.#complain(error);
    }
  }
}
