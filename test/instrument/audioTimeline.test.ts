// One audio time through several contexts.
import { describe, expect, it } from 'vitest';
import { plainVoiceParameters } from '../../src/contract/voiceParameters.ts';
import { AudioTimeline } from '../../src/instrument/audioTimeline.ts';

const context = (sampleRate: number, currentTime = 0) => ({ sampleRate, currentTime });
const noteOff = (frame?: number) =>
  ({ type: 'noteOff', noteId: 1, ...(frame === undefined ? {} : { frame }) }) as const;

describe('the audio timeline', () => {
  it('is the first context itself, to the object', () => {
    const first = context(48_000, 3);
    const timeline = new AudioTimeline(first);
    const message = noteOff(144_000);
    expect(timeline.seconds).toBe(3);
    expect(timeline.frames.translated(message)).toBe(message);
    expect(timeline.frames.toContext(144_000)).toBe(144_000);
  });

  it('goes on from where it stood, whatever the clock and rate of the next context', () => {
    const first = context(48_000, 3);
    const timeline = new AudioTimeline(first);
    const second = context(44_100, 0.5);
    timeline.moveTo(second);
    expect(timeline.seconds).toBe(3);
    expect(timeline.sampleRate).toBe(48_000);
    second.currentTime = 1.5;
    expect(timeline.seconds).toBe(4);
    expect(timeline.frames.toContext(4 * 48_000)).toBe(1.5 * 44_100);
    expect(timeline.frames.fromContext(1.5 * 44_100)).toBe(4 * 48_000);
    const third = context(48_000);
    timeline.moveTo(third);
    third.currentTime = 1;
    expect(timeline.seconds).toBe(5);
    expect(timeline.frames.toContext(4.5 * 48_000)).toBe(24_000);
  });

  it('takes the distance of two clocks as it was measured, since either is read a block of its device too early', () => {
    const first = context(48_000, 3);
    const timeline = new AudioTimeline(first);
    const second = context(48_000, 0.49);
    timeline.moveTo(second, -2.5);
    expect(timeline.frames.start).toBe(2.5);
    // Not yet there where the time before has been read: it waits.
    expect(timeline.seconds).toBeCloseTo(2.99, 12);
    const third = context(48_000, 7);
    timeline.moveTo(third, 6.5);
    expect(timeline.frames.toContext(3 * 48_000)).toBe(7 * 48_000);
  });

  it('does not go back when a context that ended says 0', () => {
    const first = context(48_000, 3);
    const timeline = new AudioTimeline(first);
    expect(timeline.seconds).toBe(3);
    first.currentTime = 0;
    timeline.moveTo(context(48_000));
    expect(timeline.seconds).toBe(3);
  });

  it('gives messages the frames of the present context: whole, not before it, and none where there was none', () => {
    const timeline = new AudioTimeline(context(48_000, 10));
    timeline.moveTo(context(48_000));
    expect(timeline.frames.translated(noteOff(480_100))).toEqual(noteOff(100));
    expect(timeline.frames.translated(noteOff(479_000))).toEqual(noteOff(0));
    expect(timeline.frames.translated(noteOff())).toEqual(noteOff());
    const parameters = { ...plainVoiceParameters, phaseFrame: 240_000, lfoTurns: 2 };
    const told = { type: 'parameters', parameters, frame: 480_010 } as const;
    // The beat stood at its place five seconds before this context began.
    const heard = { ...told, frame: 10, parameters: { ...parameters, phaseFrame: -240_000 } };
    expect(timeline.frames.translated(told)).toEqual(heard);
    expect(timeline.frames.translated({ type: 'changes', changes: [told] })).toEqual({
      type: 'changes',
      changes: [heard],
    });
  });
});
