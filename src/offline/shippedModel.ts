// Where the model that comes with numvox lies on this machine.
import { fileURLToPath } from 'node:url';

/**
 * Path of the folder of the shipped model bundle, for `openModel`.
 * @example
 * const model = await openModel(shippedModel());
 */
export function shippedModel(): string {
  return fileURLToPath(new URL(/* @vite-ignore */ '../../public/models/fsdd/', import.meta.url));
}
