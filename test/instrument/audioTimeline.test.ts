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
    expect(timeline.translated(message)).toBe(message);
    expect(timeline.toContext(144_000)).toBe(144_000);
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
    expect(timeline.toContext(4 * 48_000)).toBe(1.5 * 44_100);
    expect(timeline.fromContext(1.5 * 44_100)).toBe(4 * 48_000);
    const third = context(48_000);
    timeline.moveTo(third);
    third.currentTime = 1;
    expect(timeline.seconds).toBe(5);
    expect(timeline.toContext(4.5 * 48_000)).toBe(24_000);
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
    expect(timeline.translated(noteOff(480_100))).toEqual(noteOff(100));
    expect(timeline.translated(noteOff(479_000))).toEqual(noteOff(0));
    expect(timeline.translated(noteOff())).toEqual(noteOff());
    const parameters = { ...plainVoiceParameters, phaseFrame: 240_000, lfoTurns: 2 };
    const told = { type: 'parameters', parameters, frame: 480_010 } as const;
    // The beat stood at its place five seconds before this context began.
    const heard = { ...told, frame: 10, parameters: { ...parameters, phaseFrame: -240_000 } };
    expect(timeline.translated(told)).toEqual(heard);
    expect(timeline.translated({ type: 'changes', changes: [told] })).toEqual({
      type: 'changes',
      changes: [heard],
    });
  });
});
