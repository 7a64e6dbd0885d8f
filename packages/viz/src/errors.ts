import { RetrogradError } from '@retrograd/core';

/** A picture that cannot be drawn here: a package is missing, or a part that draws gave up. `cause` says why. */
export class PictureError extends RetrogradError {
  override name = 'PictureError';
}
