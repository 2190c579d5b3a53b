// How soon a sounding note follows: a newer clip in vowels within a quarter of a hop, all else that is read within two and a half.
import { expect, test } from 'vitest';
import { plainVoiceParameters, type VoiceParameters } from '../../src/contract/voiceParameters.ts';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';
import { bandsOf, clipOfFrames, hissBands, playVoice, vowelClip, wordClip } from '../helpers/voiceRun.ts';
import { rms } from '../helpers/signals.ts';

const hop = 128;
const hiss = clipOfFrames(() => ({ bands: hissBands, f0: 130, voicing: 0 }));
const vowel = vowelClip(130);
const word = wordClip();
/** A vowel whose every other frame is softer, so that its speed can be heard. */
const flickering = clipOfFrames((m) => ({
  bands: bandsOf(130).map((band) => (m % 2 ? band : 0.8 * band)),
  f0: 130,
  voicing: 1,
}));

/** Samples from the message to the first that differs by a thousandth of full scale. */
function delay(clip: Float32Array, change: Partial<VoiceParameters>, at: number, message: ToKernel): number {
  const [with_, without] = [[{ at, message }], []].map((messages) =>
    playVoice(clip, change, 0.7, { pitchHz: 150 }, messages),
  );
  return with_.findIndex((value, n) => Math.abs(value - without[n]) > 1e-3) - at;
}

function louder(clip: Float32Array): ToKernel {
  const features = clip.map((value, i) => (i % 85 < 80 ? Math.min(1, 1.15 * value) : value));
  return { type: 'clip', slot: 3, revision: 1, style: new Float32Array(2), features };
}

test.each([
  ['a vowel', vowel, hop / 4],
  ['an s', hiss, 2 * hop + 64],
])('%s follows, wherever in a hop the clip comes', (_, clip, most) => {
  for (let at = 3000; at < 3000 + hop; at += 16) {
    const samples = delay(clip, { hold: 'hold' }, at, louder(clip));
    expect(samples).toBeGreaterThan(0);
    expect(samples).toBeLessThanOrEqual(most);
  }
});

const held = { hold: 'hold' } as const;
/** The first frame that is read at another speed lies where it lay; the next one shows it. */
const speedHops = 4;
test.each<[string, Float32Array, Partial<VoiceParameters>, ToKernel, number?]>([
  [
    'breath',
    vowel,
    held,
    { type: 'parameters', parameters: { ...plainVoiceParameters, ...held, breath: 1 } },
  ],
  [
    'formants of noise',
    hiss,
    held,
    { type: 'parameters', parameters: { ...plainVoiceParameters, ...held, formantRatio: 0.7 } },
  ],
  [
    'brightness of noise',
    hiss,
    held,
    { type: 'parameters', parameters: { ...plainVoiceParameters, ...held, brightnessDbPerOctave: 6 } },
  ],
  [
    'breath by velocity',
    vowel,
    held,
    {
      type: 'parameters',
      parameters: { ...plainVoiceParameters, ...held, velocityTarget: 'breath', velocityTargetAmount: 1 },
    },
  ],
  [
    'breath by chance',
    vowel,
    { ...held, breath: 0.5, randomTarget: 'breath' },
    {
      type: 'parameters',
      parameters: { ...plainVoiceParameters, ...held, breath: 0.5, randomTarget: 'breath', randomAmount: 1 },
    },
  ],
  [
    'formants of noise by the oscillator',
    hiss,
    { ...held, lfoTarget: 'formant', lfoShape: 'square', lfoAmount: 0.5 },
    { type: 'parameters', parameters: { ...plainVoiceParameters, ...held, lfoTarget: 'nothing' } },
  ],
  [
    'speed of all notes',
    flickering,
    {},
    { type: 'parameters', parameters: { ...plainVoiceParameters, speed: 0.5 } },
    speedHops,
  ],
  ['speed of a note', flickering, {}, { type: 'control', noteId: 3, speed: 2 }, speedHops],
  ['place', word, {}, { type: 'control', noteId: 3, position: 0.05 }],
])('%s follows, wherever in a hop it is asked for', (_, clip, change, message, hops = 2.5) => {
  for (let at = 1600; at < 1600 + hop; at += 32) {
    const samples = delay(clip, change, at, message);
    expect(samples).toBeGreaterThan(0);
    expect(samples).toBeLessThanOrEqual(hops * hop);
  }
});

test('a jump counts though another change is asked for in the same hop', () => {
  const jump = { at: 1700, message: { type: 'control', noteId: 3, position: 0.05 } as const };
  const bright = {
    at: 1704,
    message: { type: 'parameters', parameters: { ...plainVoiceParameters, pan: 0, air: 0.01 } } as const,
  };
  const both = playVoice(word, {}, 0.9, { pitchHz: 150 }, [jump, bright]);
  const alone = playVoice(word, {}, 0.9, { pitchHz: 150 }, [jump]);
  // The first s is heard anew, as loud as without the other change.
  const level = (out: Float32Array) => rms(out, 1900, 2600);
  expect(level(both) / level(alone)).toBeGreaterThan(0.95);
  expect(level(both) / level(alone)).toBeLessThan(1.05);
});
