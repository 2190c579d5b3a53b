// The checks of the kernel's messages: each field's ends pass, what lies beyond is refused by name, range and value.
import { describe, expect, test } from 'vitest';
import { plainVoiceParameters } from '../../src/contract/voiceParameters.ts';
import { faultOfMessage } from '../../src/worklet/kernelMessages.ts';
import type { FromKernel, ToKernel } from '../../src/worklet/kernelProtocol.ts';
import { clipMessage, makeKernel, wordFeatures } from '../helpers/kernelRun.ts';

const sizes = { slots: 20, styleDimensions: 2, clipLength: 12 };
const style = new Float32Array(2);
const valid = {
  clip: { type: 'clip', slot: 3, revision: 0, style, features: new Float32Array(12) },
  noteOn: { type: 'noteOn', noteId: 1, slot: 3, revision: 0, style, gain: 1 },
  control: { type: 'control' },
  word: { type: 'word', noteId: 1, slot: 3, revision: 0, style },
} as const satisfies Record<string, ToKernel>;
type Checked = keyof typeof valid;

const fault = (type: Checked, change: object): string | undefined =>
  faultOfMessage({ ...valid[type], ...change }, sizes);

const wholeNumbers: readonly (readonly [Checked, string, number])[] = [
  ['clip', 'slot', 19],
  ['clip', 'digit', 9],
  ['noteOn', 'slot', 19],
  ['noteOn', 'digit', 9],
  ['word', 'slot', 19],
  ['word', 'digit', 9],
];
const numbers: readonly (readonly [Checked, string, number, number])[] = [
  ['noteOn', 'gain', 0, 1],
  ['noteOn', 'velocity', 0, 1],
  ['noteOn', 'pan', -1, 1],
  ['noteOn', 'speed', -8, 8],
  ['control', 'speed', -8, 8],
  ['control', 'pitchRatio', 1 / 16, 16],
  ['control', 'glideSeconds', 0, 60],
  ['control', 'gain', 0, 4],
  ['control', 'pan', -1, 1],
];

test.each(wholeNumbers)('%s.%s is a whole number from 0 to %i', (type, field, max) => {
  for (const value of [0, 1, max]) expect(fault(type, { [field]: value })).toBeUndefined();
  for (const value of [-1, max + 1, 0.5, NaN, Infinity]) {
    expect(fault(type, { [field]: value })).toBe(
      `${type}.${field} must be a whole number from 0 to ${max}, got ${value}`,
    );
  }
});

test.each(numbers)('%s.%s is a number from %d to %d', (type, field, min, max) => {
  for (const value of [min, max, (min + max) / 2]) expect(fault(type, { [field]: value })).toBeUndefined();
  for (const value of [min - 1e-9, max + 1e-9, NaN, Infinity, -Infinity]) {
    expect(fault(type, { [field]: value })).toBe(
      `${type}.${field} must be a number from ${min} to ${max}, got ${value}`,
    );
  }
});

test.each(['noteOn', 'control'] as const)('%s.pitchHz is 0 or from the lowest key to 20 kHz', (type) => {
  for (const pitchHz of [0, 27.5, 20000]) expect(fault(type, { pitchHz })).toBeUndefined();
  for (const pitchHz of [1, 27.4, 20001, -1, NaN]) {
    expect(fault(type, { pitchHz })).toBe(
      `${type}.pitchHz must be 0 or a number from 27.5 to 20000, got ${pitchHz}`,
    );
  }
});

test('control.position is any time of the clip', () => {
  for (const position of [0, 0.1, 1e9]) expect(fault('control', { position })).toBeUndefined();
  for (const position of [-0.1, NaN]) {
    expect(fault('control', { position })).toBe(
      `control.position must be a number from 0 to Infinity, got ${position}`,
    );
  }
});

test('arrays have the lengths of the kernel', () => {
  for (const type of ['clip', 'noteOn', 'word'] as const) {
    expect(fault(type, { style: new Float32Array(3) })).toBe(`${type}.style must have 2 values, got 3`);
    expect(fault(type, {})).toBeUndefined();
  }
  expect(fault('clip', { features: new Float32Array(11) })).toBe(
    'clip.features must have 12 features, got 11 for slot 3',
  );
  // Without a digit the slot tells it, whatever the slot.
  for (let slot = 0; slot < 20; slot++) expect(fault('clip', { slot })).toBeUndefined();
});

describe('what is said elsewhere is asked there', () => {
  test.each(['noteOn', 'control'] as const)('offsets of %s', (type) => {
    expect(fault(type, { offsets: { breath: 4 } })).toBeUndefined();
    expect(fault(type, { offsets: { breath: 4.1 } })).toBe('offsets.breath must be from -4 to 4, got 4.1');
    expect(fault(type, { offsets: { pitch: NaN } })).toMatch(/offsets.pitch .*NaN/);
  });

  test('parameters', () => {
    const parameters = plainVoiceParameters;
    expect(faultOfMessage({ type: 'parameters', parameters }, sizes)).toBeUndefined();
    const bad = { ...parameters, sustain: 2 };
    expect(faultOfMessage({ type: 'parameters', parameters: bad }, sizes)).toBe(
      'parameters.sustain must be from 0 to 1, got 2',
    );
  });
});

test('messages without numbers of their own pass, unknown ones do not', () => {
  const { port1 } = new MessageChannel();
  const messages: ToKernel[] = [
    { type: 'noteOff', noteId: 9 },
    { type: 'silence' },
    { type: 'port', port: port1 },
    { type: 'status', id: 1 },
  ];
  for (const message of messages) expect(faultOfMessage(message, sizes)).toBeUndefined();
  port1.close();
  expect(faultOfMessage({ type: 'noise' } as unknown as ToKernel, sizes)).toMatch(/unknown type/);
});

test('the kernel answers each fault as said here, and goes on as if nothing had come', () => {
  const run = (isDisturbed: boolean): { samples: Float32Array; replies: FromKernel[] } => {
    const replies: FromKernel[] = [];
    const kernel = makeKernel({}, (reply) => replies.push(reply));
    kernel.receive(clipMessage(3, wordFeatures(1)[0]));
    kernel.receive(valid.noteOn);
    const samples = new Float32Array(4000);
    kernel.process([samples.subarray(0, 999)]);
    if (isDisturbed) {
      kernel.receive({ ...valid.noteOn, gain: 2 });
      kernel.receive({ type: 'control', pan: 3 });
      kernel.receive({ type: 'control', speed: 0, offsets: { breath: 5 } });
      kernel.receive({ ...valid.word, slot: 20 });
      kernel.receive({ ...valid.clip, slot: 3, revision: 1 });
      kernel.receive({
        type: 'parameters',
        parameters: { ...plainVoiceParameters, sustain: 2, hold: 'loop' },
      });
      kernel.receive({ type: 'noise' } as unknown as ToKernel);
    }
    kernel.process([samples.subarray(999)]);
    return { samples, replies };
  };
  const disturbed = run(true);
  expect(disturbed.samples).toEqual(run(false).samples);
  expect(
    disturbed.replies.map((reply) => (reply.type === 'error' ? reply.message.split(' ')[0] : '')),
  ).toEqual([
    'noteOn.gain',
    'control.pan',
    'offsets.breath',
    'word.slot',
    'clip.features',
    'parameters.sustain',
    'the',
  ]);
});
