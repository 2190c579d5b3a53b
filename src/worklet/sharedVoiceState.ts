// The parameters that voices play by, what follows from them for every sample, and the phase of the slow oscillator.
import { soundTargets, type SoundTarget } from '../contract/modulation.ts';
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import { plainVoiceParameters, type VoiceParameters } from '../contract/voiceParameters.ts';
import { waveOf } from './oscillator.ts';

/** No part of an envelope is shorter: it would be a step. */
const SHORTEST: Seconds = 0.005;
/**
 * Where an attack aims beyond full level, so that it arrives; a decay comes within 1/150 of its end in its time.
 */
export const ATTACK_AIM = 1.25;
const DECAY_TIMES = 5;
/** Where a release aims below silence, as a share of the level it began at: 60 dB below. */
export const RELEASE_AIM = 0.001;

/**
 * Shared by the voices of a kernel, which read it; the kernel writes it. Nothing but the constructor allocates.
 */
export class SharedVoiceState {
  parameters: VoiceParameters = plainVoiceParameters;
  /** Shares of the way to their aim that the envelope goes in a sample. */
  attackShare = 1;
  decayShare = 1;
  releaseShare = 1;
  /** What oscillator, velocity and chance move, by its place in `soundTargets`; 0 for nothing. */
  lfoTarget = 0;
  velocityTarget = 0;
  randomTarget = 0;
  #turnsAt: Samples = 0;
  #turns = 0;

  constructor(readonly contextRate: Hertz) {}

  /** Stretches of stutter from the beginning of the beat to a context frame; NaN where notes repeat by themselves. */
  stuttersAt(frame: Samples): number {
    const { stutterTurns, phaseFrame, stutterSeconds } = this.parameters;
    if (stutterTurns === null) return NaN;
    return stutterTurns + (frame - phaseFrame) / (stutterSeconds * this.contextRate);
  }

  /**
   * Takes other parameters at a context frame; the slow oscillator goes on from where it stands, unless the
   * parameters say where.
   */
  set(parameters: VoiceParameters, frame: Samples): void {
    this.#turns = this.turnsAt(frame);
    this.#turnsAt = frame;
    this.parameters = parameters;
    this.lfoTarget = placeOf(parameters.lfoTarget);
    this.velocityTarget = placeOf(parameters.velocityTarget);
    this.randomTarget = placeOf(parameters.randomTarget);
    const rate = this.contextRate;
    this.attackShare = shareOf(
      Math.log(ATTACK_AIM / (ATTACK_AIM - 1)),
      Math.max(SHORTEST, parameters.attackSeconds) * rate,
    );
    this.decayShare = shareOf(DECAY_TIMES, Math.max(SHORTEST, parameters.decaySeconds) * rate);
    this.releaseShare = shareOf(
      Math.log(1 + 1 / RELEASE_AIM),
      Math.max(SHORTEST, parameters.releaseSeconds) * rate,
    );
  }

  /** Value of the slow oscillator at a context frame, -1..1. */
  lfoAt(frame: Samples): number {
    return waveOf(this.parameters.lfoShape, this.turnsAt(frame));
  }

  /** Turns of the slow oscillator at a context frame. */
  turnsAt(frame: Samples): number {
    const { lfoTurns, phaseFrame, lfoHz } = this.parameters;
    if (lfoTurns !== null) return lfoTurns + ((frame - phaseFrame) * lfoHz) / this.contextRate;
    return this.#turns + ((frame - this.#turnsAt) * this.parameters.lfoHz) / this.contextRate;
  }
}

/** Place of a target in `soundTargets`; a method of arrays might allocate. */
function placeOf(target: SoundTarget): number {
  let place = 0;
  while (place < soundTargets.length - 1 && soundTargets[place] !== target) place++;
  return place;
}

/** Share of an exponential that makes `times` time constants of `samples`. */
function shareOf(times: number, samples: Samples): number {
  return 1 - Math.exp(-times / samples);
}
