// Messages: both ends of a bend, silent note-ons, messages that mean nothing or lack bytes.
import { describe, expect, it } from 'vitest';
import { bendOf, readMessage } from '../../src/midi/message.ts';

const read = (type: string, ...dataBytes: number[]) => readMessage({ type, channel: 3, dataBytes }, 7);

describe('messages', () => {
  it('bend from -1 through exactly 0 to 1', () => {
    expect([0, 4096, 8192, 16383].map(bendOf)).toEqual([-1, -0.5, 0, 1]);
    expect(read('pitchbend', 0, 64)).toEqual({ type: 'bend', channel: 3, bend: 0, ms: 7 });
  });

  it('take a note-on with velocity 0 for a note-off', () => {
    expect(read('noteon', 60, 0)).toEqual({ type: 'noteOff', channel: 3, note: 60, velocity: 64, ms: 7 });
    expect(read('noteoff', 60, 3)).toMatchObject({ type: 'noteOff', velocity: 3 });
  });

  it('count song positions in quarter notes', () => {
    expect(read('songposition', 6, 1)).toEqual({ type: 'position', quarters: 33.5, ms: 7 });
  });

  it('mean nothing when they are of other kinds or incomplete', () => {
    for (const type of ['sysex', 'activesensing', 'unknownmessage', 'tunerequest']) {
      expect(read(type, 1, 2)).toBeUndefined();
    }
    for (const type of ['noteon', 'noteoff', 'keyaftertouch', 'controlchange', 'pitchbend', 'songposition']) {
      expect(read(type, 60)).toBeUndefined();
    }
    for (const type of ['channelaftertouch', 'programchange']) expect(read(type)).toBeUndefined();
  });
});
