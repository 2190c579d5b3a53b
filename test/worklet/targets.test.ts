// What velocity, chance and the oscillator move besides the sound as it stands: envelope, start, intonation, vibrato.
import { expect, test } from 'vitest';
import { soundTargets } from '../../src/contract/modulation.ts';
import type { VoiceParameters } from '../../src/contract/voiceParameters.ts';
import { Modulation } from '../../src/worklet/voiceModulation.ts';
import { SharedVoiceState } from '../../src/worklet/sharedVoiceState.ts';
import { playVoice, vowelClip, wordClip, type NoteExtra } from '../helpers/voiceRun.ts';
import { rms } from '../helpers/signals.ts';

const rate = 8000;
const vowel = vowelClip(130);
const word = wordClip();
const play = (clip: Float32Array, change: Partial<VoiceParameters>, extra: NoteExtra = {}): Float32Array =>
  playVoice(clip, change, 0.9, { pitchHz: 150, velocity: 1, ...extra });
const held = { hold: 'hold', velocityAmount: 0 } as const;

/** A source at its end moves by the amount times the target's reach. */
test.each<[string, Float32Array, Partial<VoiceParameters>, Partial<VoiceParameters>]>([
  ['attack: four octaves of time', vowel, { attackSeconds: 0.02 }, { attackSeconds: 0.08 }],
  [
    'decay: four octaves of time',
    vowel,
    { decaySeconds: 0.05, sustain: 0.1 },
    { decaySeconds: 0.2, sustain: 0.1 },
  ],
  ['sustain', vowel, { decaySeconds: 0.02, sustain: 0.1 }, { decaySeconds: 0.02, sustain: 0.6 }],
  ['start', word, { startOffset: 0.1 }, { startOffset: 0.6 }],
  ['intonation', word, { intonation: 0.25 }, { intonation: 0.75 }],
  [
    'vibrato rate: two octaves',
    vowel,
    { vibratoCents: 50, vibratoHz: 3 },
    { vibratoCents: 50, vibratoHz: 6 },
  ],
])('%s', (name, clip, base, meant) => {
  const target = name.split(':')[0] as VoiceParameters['velocityTarget'];
  const out = play(clip, { ...held, ...base, velocityTarget: target, velocityTargetAmount: 0.5 });
  const aim = play(clip, { ...held, ...meant });
  const plain = play(clip, { ...held, ...base });
  const distance = (a: Float32Array, b: Float32Array): number => rms(a.map((value, n) => value - b[n]));
  expect(distance(plain, aim)).toBeGreaterThan(0.01);
  expect(distance(out, aim)).toBeLessThan(1e-6);
});

test('a note has its frames read anew only for what they are read with', () => {
  const modulation = new Modulation(new SharedVoiceState(rate), 0.004);
  const isRead = soundTargets.filter((_, k) => {
    modulation.setOffsets(new Float32Array(soundTargets.length));
    return modulation.setOffsets(Float32Array.from(soundTargets, (_target, at) => (at === k ? 0.5 : 0)));
  });
  expect(isRead).toEqual(['brightness', 'breath', 'formant', 'air', 'speed']);
});

test('release: four octaves of time', () => {
  const off = { at: 3200, message: { type: 'noteOff', noteId: 3 } } as const;
  const run = (change: Partial<VoiceParameters>) =>
    playVoice(vowel, { hold: 'loop', velocityAmount: 0, ...change }, 0.9, { pitchHz: 150, velocity: 1 }, [
      off,
    ]);
  const out = run({ releaseSeconds: 0.05, velocityTarget: 'release', velocityTargetAmount: 0.5 });
  const aim = run({ releaseSeconds: 0.2 });
  expect(rms(out.map((value, n) => value - aim[n]))).toBeLessThan(1e-6);
  expect(rms(out, 3600, 4000)).toBeGreaterThan(10 * rms(run({ releaseSeconds: 0.05 }), 3600, 4000));
});

test('the oscillator moves what is read ahead, such as breath, when it is heard', () => {
  const lfo = { lfoTarget: 'breath', lfoShape: 'square', lfoHz: 2, lfoAmount: 1 } as const;
  const out = play(vowel, { ...held, ...lfo });
  const plain = play(vowel, held);
  // Breath for the first quarter of a second, none for the next one.
  const breath = (seconds: number): number => {
    const at = Math.round(seconds * rate);
    return rms(
      out.map((value, n) => value - plain[n]),
      at - 40,
      at + 40,
    );
  };
  const before = breath(0.18);
  expect(before).toBeGreaterThan(20 * breath(0.34));
  let edge = 0.18;
  while (breath(edge) > before / 2) edge += 0.002;
  expect(Math.abs(edge - 0.25)).toBeLessThan(0.024);
});
