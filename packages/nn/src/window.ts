/** How the windows of a layer lie on its input, per spatial dim: what its receptive field follows from. */
export interface Window {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
}

/** A layer whose outputs see a window of its input. */
export interface Windowed {
  readonly window: Window;
}

export function isWindowed(layer: object): layer is Windowed {
  return 'window' in layer;
}
