// Which parameters belong to the effects; apart from them, so that knowing it does not load Tone.js.
import { parameters, type EffectParameterId, type ParameterId } from '../../contract/parameters.ts';

export type { EffectParameterId };

const idsOf = (isMeant: (effect: 'amount' | 'setting') => boolean) =>
  parameters.flatMap(({ id, effect }) => (effect && isMeant(effect) ? [id as EffectParameterId] : []));

/** Parameters that the effects listen to. */
export const effectParameterIds: readonly EffectParameterId[] = idsOf(() => true);

/** An effect is heard while one of these is not 0. */
export const effectAmountIds: readonly EffectParameterId[] = idsOf((effect) => effect === 'amount');

/** True for the parameters that `Effects.set` takes. */
export function isEffectParameter(id: ParameterId): id is EffectParameterId {
  return (effectParameterIds as readonly ParameterId[]).includes(id);
}
