// The way in for MIDI: at once while the page keeps up, in portions when it does not, and never without the end of a note.
import { beforeEach, expect, test } from 'vitest';
import { Intake } from '../../src/midi/intake.ts';
import type { ChannelMessage, MidiMessage } from '../../src/midi/message.ts';

let ms = 0;
let due: (() => void)[] = [];
let heard: MidiMessage[] = [];
let costMs = 0;
let intake: Intake;

beforeEach(() => {
  [ms, due, heard, costMs] = [0, [], [], 0];
  intake = new Intake({ now: () => ms, later: (act) => due.push(act), afterRun: (act) => act() });
});

const say = (message: ChannelMessage, port = 'keys') =>
  intake.take(port, { ...message, ms }, (told) => {
    heard.push(told);
    ms += costMs;
  });
const bend = (value: number, channel = 1) => say({ type: 'bend', channel, bend: value });
const control = (controller: number, data: number, port?: string) =>
  say({ type: 'control', channel: 1, controller, data }, port);
const note = (type: 'noteOn' | 'noteOff', key: number) => say({ type, channel: 1, note: key, velocity: 64 });
const nextTask = () => {
  for (const act of due.splice(0)) act();
};
/** Brings it to where messages wait. */
const fill = () => {
  costMs = 30;
  note('noteOn', 1);
  costMs = 0;
  heard = [];
};

test('carries out at once what comes at a pace that the page can keep', () => {
  costMs = 1;
  for (let k = 0; k < 200; k++) {
    bend(k / 200);
    ms += 5;
  }
  expect(heard).toHaveLength(200);
  expect([intake.length, due.length]).toEqual([0, 0]);
});

test('lets the page on after 12 ms, and goes on in portions as long', () => {
  costMs = 5;
  for (let k = 0; k < 20; k++) note('noteOn', k);
  expect(heard).toHaveLength(3);
  expect(due).toHaveLength(1);
  nextTask();
  expect(heard).toHaveLength(6);
  for (let task = 0; task < 5; task++) nextTask();
  expect(heard.map((message) => 'note' in message && message.note)).toEqual([...Array(20).keys()]);
  expect(due).toEqual([]);
  // All is as before.
  note('noteOn', 99);
  expect(heard).toHaveLength(21);
});

test('carries out in one task all that it brings', () => {
  const ends: (() => void)[] = [];
  intake = new Intake({ now: () => ms, later: (act) => due.push(act), afterRun: (act) => ends.push(act) });
  costMs = 5;
  for (let k = 0; k < 20; k++) note('noteOn', k);
  expect(heard).toHaveLength(20);
  expect(ends).toHaveLength(1);
  ends[0]();
  note('noteOn', 20);
  expect([heard.length, intake.length]).toEqual([20, 1]);
});

test('of values that wait the last counts, at its own place among the notes', () => {
  fill();
  bend(0.1);
  control(74, 1);
  note('noteOn', 60);
  bend(0.2);
  control(74, 2);
  control(74, 3, 'other');
  say({ type: 'pressure', channel: 1, data: 1 });
  say({ type: 'pressure', channel: 1, data: 2 });
  say({ type: 'polyPressure', channel: 1, note: 60, data: 1 });
  say({ type: 'polyPressure', channel: 1, note: 61, data: 2 });
  nextTask();
  expect(heard.map(({ type }) => type)).toEqual([
    'noteOn',
    'bend',
    'control',
    'control',
    'pressure',
    'polyPressure',
    'polyPressure',
  ]);
  expect(heard[1]).toMatchObject({ bend: 0.2 });
  expect(heard.slice(2, 4)).toMatchObject([{ data: 2 }, { data: 3 }]);
  expect(heard[4]).toMatchObject({ data: 2 });
});

test('each message of pedals, banks, data entry and channel modes counts', () => {
  fill();
  const bankAndData = [0, 6, 32, 38, 96, 97, 98, 99, 100, 101];
  const pedals = [64, 65, 66, 67, 68, 69, 84, 88];
  const modes = [120, 121, 122, 123, 124, 125, 126, 127];
  for (const controller of [...bankAndData, ...pedals, ...modes]) {
    control(controller, 1);
    control(controller, 0);
  }
  nextTask();
  expect(heard).toHaveLength(52);
});

test('of every other controller, and of the pressure of one key, the last counts', () => {
  fill();
  for (const controller of [1, 5, 7, 10, 11, 16, 63, 70, 83, 85, 95, 102, 119]) {
    control(controller, 1);
    control(controller, 2);
  }
  for (const data of [1, 2]) say({ type: 'polyPressure', channel: 1, note: 60, data });
  nextTask();
  expect(heard).toHaveLength(14);
  expect(heard.every((message) => 'data' in message && message.data === 2)).toBe(true);
});

test('a value that waits does not take the place of one that was carried out', () => {
  fill();
  bend(0.1);
  nextTask();
  fill();
  bend(0.2);
  nextTask();
  expect(heard).toMatchObject([{ bend: 0.2 }]);
});

test('gives up note-ons beyond 512, and no note-off', () => {
  fill();
  for (let k = 0; k < 600; k++) note('noteOn', k % 128);
  for (let k = 0; k < 600; k++) note('noteOff', k % 128);
  expect(intake.givenUp).toBe(88);
  nextTask();
  expect(heard.filter(({ type }) => type === 'noteOff')).toHaveLength(600);
  expect(heard.filter(({ type }) => type === 'noteOn')).toHaveLength(512);
});

test('keys that wait when everything is silenced do not sound after that, and leave room for others', () => {
  fill();
  for (let k = 0; k < 512; k++) note('noteOn', k % 128);
  bend(0.5);
  note('noteOff', 1);
  intake.giveUpNotes();
  nextTask();
  expect(heard.map(({ type }) => type)).toEqual(['bend', 'noteOff']);
  fill();
  for (let k = 0; k < 512; k++) note('noteOn', k % 128);
  nextTask();
  expect([heard.length, intake.givenUp]).toEqual([512, 0]);
});

test('what waits behind a message that fails is carried out without a further one', () => {
  fill();
  intake.take('keys', { type: 'pressure', channel: 1, data: 1, ms }, () => {
    throw new Error('refused');
  });
  note('noteOff', 1);
  expect(nextTask).toThrow('refused');
  expect([heard, intake.length]).toEqual([[], 1]);
  nextTask();
  expect(heard).toMatchObject([{ type: 'noteOff', note: 1 }]);
  expect(due).toEqual([]);
});

test('flush carries out all at once; an exception leaves the rest waiting', () => {
  fill();
  const told: number[] = [];
  const refuse = () => {
    throw new Error('refused');
  };
  const message = (data: number): MidiMessage => ({ type: 'pressure', channel: data, data, ms });
  intake.take('keys', message(1), refuse);
  intake.take('keys', message(2), () => told.push(2));
  expect(() => intake.flush()).toThrow('refused');
  intake.flush();
  expect([told, intake.length]).toEqual([[2], 0]);
});

test('leaves out notes that were over long before the page could play them, and plays those that are held', () => {
  const at = (struck: number, type: 'noteOn' | 'noteOff', key: number) =>
    intake.take('keys', { type, channel: 1, note: key, velocity: 64, ms: struck }, (told) =>
      heard.push(told),
    );
  at(0, 'noteOn', 50);
  ms = 5000;
  at(1000, 'noteOn', 60);
  at(1100, 'noteOff', 60);
  at(1200, 'noteOn', 61);
  at(1300, 'noteOff', 50);
  at(4900, 'noteOn', 62);
  at(4950, 'noteOff', 62);
  expect(heard).toHaveLength(1);
  nextTask();
  const told = heard.map((message) => 'note' in message && `${message.type} ${message.note}`);
  expect(told).toEqual(['noteOn 50', 'noteOff 60', 'noteOn 61', 'noteOff 50', 'noteOn 62', 'noteOff 62']);
});

test('takes a port whose stamps lie behind the clock as it is', () => {
  for (ms = 5000; ms < 6000; ms += 100) {
    intake.take('keys', { type: 'noteOn', channel: 1, note: 60, velocity: 64, ms: ms - 4000 }, (told) =>
      heard.push(told),
    );
  }
  expect([heard.length, due.length]).toEqual([10, 0]);
});
