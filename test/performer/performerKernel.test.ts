// The performer and the kernel together: what is played is heard in tune, joined where it should be, and never
// refused.
import { describe, expect, it } from 'vitest';
import { holdModes, parameterById, parameterIds, playModes, valueAt } from '../../src/contract/parameters.ts';
import { Random } from '../../src/dsp/random.ts';
import { Performer, slotCount } from '../../src/performer/performer.ts';
import type { FromKernel } from '../../src/worklet/kernelProtocol.ts';
import { CLICK, clickiness } from '../helpers/clicks.ts';
import { clipMessage, makeKernel, trackedFormat } from '../helpers/kernelRun.ts';
import { smallManifest } from '../helpers/manifest.ts';
import { vowelClip, wordClip } from '../helpers/voiceRun.ts';
import { fitTone } from '../helpers/toneFit.ts';

const rate = 8000;
const block = 128;

/** A performer at a kernel whose every word is one clip; `render` plays on for a time. */
function stage(clip: Float32Array) {
  const manifest = smallManifest(3);
  const errors: string[] = [];
  let status: Extract<FromKernel, { type: 'status' }> | undefined;
  const kernel = makeKernel(
    {
      contextRate: rate,
      format: trackedFormat,
      slots: slotCount(manifest),
      playing: 'harmonic',
      maxVoices: 16,
    },
    (message) => {
      if (message.type === 'error') errors.push(message.message);
      else if (message.type === 'status') status = message;
    },
  );
  for (let slot = 0; slot < slotCount(manifest); slot++) kernel.receive(clipMessage(slot, clip));
  let frame = 0;
  const random = new Random(3);
  const performer = new Performer({
    manifest,
    sendKernel: (message) => kernel.receive(message),
    sendInference: () => undefined,
    sampleRate: rate,
    now: () => frame / rate,
    random: () => random.uniform(),
    startTimer: () => () => undefined,
  });
  performer.begin();
  const render = (seconds: number): Float32Array => {
    const out = new Float32Array(Math.round((seconds * rate) / block) * block);
    for (let at = 0; at < out.length; at += block) {
      performer.advance(frame + block);
      const piece = new Float32Array(block);
      kernel.process([piece], frame);
      out.set(piece, at);
      frame += block;
    }
    return out;
  };
  const voices = (): number => {
    kernel.receive({ type: 'status', id: 1 });
    return status?.activeVoices ?? NaN;
  };
  return { performer, render, errors, voices };
}

const cents = (hertz: number, wanted: number) => 1200 * Math.log2(hertz / wanted);
const pitchOf = (out: Float32Array, from: number, to: number, guess: number) =>
  fitTone(out.slice(from * rate, to * rate), rate, guess).hertz;

/** Ways that hold a vowel and sing it exactly. */
const held = {
  mode: playModes.indexOf('sing'),
  hold: holdModes.indexOf('hold'),
  intonation: 0,
};

describe('performer with kernel', () => {
  it('sings E2 to E5 within a cent of equal temperament at any A4', () => {
    for (const a4 of [400, 440, 480]) {
      for (const key of [40, 52, 64, 76]) {
        const { performer, render } = stage(vowelClip(130));
        performer.setParameters({ ...held, tuningHz: a4 });
        performer.noteOn(1, key, 100);
        const wanted = a4 * 2 ** ((key - 69) / 12);
        expect(Math.abs(cents(pitchOf(render(0.4), 0.15, 0.35, wanted), wanted))).toBeLessThan(1);
      }
    }
  });

  it('bends one finger of an MPE keyboard by an octave and leaves it there', () => {
    const { performer, render, errors } = stage(vowelClip(130));
    performer.setZone('lower', 15);
    performer.setParameters(held);
    performer.noteOn(2, 48, 100);
    performer.pitchBend(2, 0.25);
    expect(Math.abs(cents(pitchOf(render(0.4), 0.15, 0.35, 261.63), 261.6256))).toBeLessThan(1);
    expect(errors).toEqual([]);
  });

  it('slides in legato over the glide, without a click and without a second voice', () => {
    const { performer, render, voices } = stage(vowelClip(130));
    performer.setParameters({ ...held, voiceMode: 2, glide: 0.2 });
    performer.noteOn(1, 48, 100);
    performer.noteOn(1, 60, 100, 0.3 * rate);
    const out = render(0.8);
    expect(voices()).toBe(1);
    expect(Math.abs(cents(pitchOf(out, 0.15, 0.28, 130.8), 130.8128))).toBeLessThan(1);
    expect(Math.abs(cents(pitchOf(out, 0.6, 0.75, 261.6), 261.6256))).toBeLessThan(1);
    expect(clickiness(out, rate, 0.1 * rate, 0.75 * rate)).toBeLessThan(CLICK);
  });

  it('ties a syllable over keys that do not overlap: one voice, no gap', () => {
    const { performer, render, voices } = stage(wordClip());
    performer.setParameters({ ...held, mode: playModes.indexOf('lyrics') });
    performer.setLyrics('5 -');
    performer.noteOn(1, 48, 100, 0);
    performer.noteOff(1, 48, 64, 0.5 * rate);
    performer.noteOn(1, 55, 100, 0.52 * rate);
    const out = render(0.9);
    expect(voices()).toBe(1);
    const levels = Array.from({ length: 30 }, (_, k) => {
      const part = out.slice((0.4 + 0.01 * k) * rate, (0.41 + 0.01 * k) * rate);
      return Math.hypot(...part) / Math.sqrt(part.length);
    });
    expect(Math.min(...levels)).toBeGreaterThan(0.4 * Math.max(...levels));
    expect(Math.abs(cents(pitchOf(out, 0.6, 0.8, 196), 195.9977))).toBeLessThan(2);
  });

  it('says nothing that the kernel refuses, and leaves it silent after a storm', () => {
    const { performer, render, errors, voices } = stage(wordClip());
    const random = new Random(13);
    performer.setLyrics('1 - 2 . 3');
    const pick = <Item>(items: readonly Item[]): Item => items[random.integer(items.length)];
    for (let k = 0; k < 600; k++) {
      const channel = pick([1, 1, 2, 3]);
      const key = 20 + random.integer(100);
      const time = random.uniform() < 0.5 ? undefined : Math.round(k * 32 + 800 * random.uniform());
      const what = random.integer(10);
      if (what < 3) performer.noteOn(channel, key, random.integer(128), time);
      else if (what < 5) performer.noteOff(channel, key, 64, time);
      else if (what === 5) performer.pitchBend(channel, random.uniform(-1, 1), time);
      else if (what === 6) performer.channelPressure(channel, random.uniform(), time);
      else if (what === 7) {
        performer.controlChange(channel, pick([1, 7, 10, 11, 64, 66, 67, 121]), random.integer(128), time);
      } else {
        const id = pick(parameterIds);
        performer.setParameter(id, valueAt(parameterById(id), random.uniform()), time);
      }
      if (k === 300) performer.setZone('lower', 3);
      if (k % 4 === 0) expect(render(block / rate).every(Number.isFinite)).toBe(true);
    }
    expect(errors).toEqual([]);
    expect(voices()).toBeGreaterThan(0);
    performer.releaseAll();
    // Words that stand still or read slowly need the release; frames ahead have passed by then.
    performer.setParameters({ freeze: 0, speed: 1, release: 0.05, arpMode: 0 });
    performer.setParameters({ lfoAmount: 0, velocityToAmount: 0, randomAmount: 0 });
    render(3);
    expect(voices()).toBe(0);
  });
});
