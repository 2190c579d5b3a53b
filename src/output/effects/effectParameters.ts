// Which parameters belong to the effects; apart from them, so that knowing it does not load Tone.js.
import type { ParameterId } from '../../contract/parameters.ts';

/** Parameters that the effects listen to. */
export const effectParameterIds = [
  'drive',
  'chorus',
  'chorusRate',
  'delay',
  'delayTime',
  'delayFeedback',
  'reverb',
  'reverbSeconds',
  'eqLow',
  'eqMid',
  'eqHigh',
  'tempo',
] as const satisfies readonly ParameterId[];
export type EffectParameterId = (typeof effectParameterIds)[number];

/** True for the parameters that `Effects.set` takes. */
export function isEffectParameter(id: ParameterId): id is EffectParameterId {
  return (effectParameterIds as readonly ParameterId[]).includes(id);
}
