// What the kernel is sent of a target that was decoded.
import type { ToKernel } from '../worklet/kernelProtocol.ts';
import type { DecodeTarget } from './inferenceProtocol.ts';

/** The clip of a target; how its point was found is the decoder's business. */
export function clipOf(
  { slot, revision, digit, noteId, style }: DecodeTarget,
  features: Float32Array,
): Extract<ToKernel, { type: 'clip' }> {
  return {
    type: 'clip',
    slot,
    revision,
    ...(digit === undefined ? {} : { digit }),
    ...(noteId === undefined ? {} : { noteId }),
    style,
    features,
  };
}
