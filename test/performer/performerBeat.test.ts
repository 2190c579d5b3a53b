// The performer in time: what the arpeggiator takes over, when its row begins and ends, and whose beat is followed.
import { describe, expect, it } from 'vitest';
import { holdModes } from '../../src/contract/parameters.ts';
import { SharedVoiceState } from '../../src/worklet/sharedVoiceState.ts';
import { performerRig, rigRate } from '../helpers/performerRig.ts';

const near = (value: number): unknown => expect.closeTo(value, 9);

describe('the arpeggiator', () => {
  it('leaves out keys that went up before it was switched on', () => {
    const { performer, arp, of } = performerRig();
    performer.noteOn(1, 48, 100, 0);
    performer.noteOn(1, 50, 100, 0);
    performer.noteOff(1, 48, 64, 10);
    arp('up');
    performer.advance(2 * rigRate);
    expect(
      new Set(
        of('noteOn')
          .slice(2)
          .map(({ slot }) => slot),
      ),
    ).toEqual(new Set([2]));
  });

  it('leaves out keys that all notes off has lifted before, of their channel only', () => {
    const { performer, arp, of } = performerRig();
    performer.noteOn(1, 48, 100, 0);
    performer.noteOn(2, 50, 100, 0);
    performer.controlChange(1, 123, 0, 10);
    arp('up');
    performer.advance(2 * rigRate);
    expect(
      new Set(
        of('noteOn')
          .slice(2)
          .map(({ slot }) => slot),
      ),
    ).toEqual(new Set([2]));
  });

  it('begins a new row when it is switched on again, and makes up for nothing', () => {
    const { performer, of } = performerRig();
    performer.setParameters({ arpMode: 1, arpRate: 2 }, 0);
    performer.noteOn(1, 48, 100, 0);
    performer.setParameter('arpMode', 0, 480);
    performer.advance(90_000);
    performer.setParameter('arpMode', 1, 96_000);
    performer.advance(96_001);
    expect(of('noteOn').map(({ frame }) => frame)).toEqual([0, 96_000]);
  });

  it('plays no key before it is advanced to its frame', () => {
    const { performer, arp, of } = performerRig();
    arp('up');
    performer.noteOn(1, 48, 100, 1);
    expect(of('noteOn')).toEqual([]);
    performer.advance(1);
    expect(of('noteOn').map(({ frame }) => frame)).toEqual([1]);
  });

  it('takes keys over at once where time is ahead, with their velocities', () => {
    const { performer, arp, of } = performerRig();
    performer.advance(4800);
    performer.noteOn(1, 48, 127, 0);
    arp('up');
    expect(of('noteOn').map(({ velocity }) => velocity)).toEqual([1, 1]);
  });

  it('goes on in another pattern without a new beginning', () => {
    const { performer, arp, of } = performerRig();
    arp('up');
    performer.setParameter('arpRate', 2);
    performer.noteOn(1, 48, 100, 0);
    performer.noteOn(1, 50, 100, 0);
    performer.advance(1);
    arp('down');
    performer.advance(24_000);
    expect(of('noteOn').map(({ slot, frame }) => [slot, frame])).toEqual([
      [0, 0],
      [0, 24_000],
    ]);
    expect(of('noteOff')).toHaveLength(1);
  });

  it('ends at the frame at which it is switched off, and starts at that at which it is switched on', () => {
    const { performer, of } = performerRig();
    performer.noteOn(1, 48, 100, 0);
    performer.setParameter('arpMode', 1, 480);
    performer.advance(1000);
    performer.setParameter('arpMode', 0, 1200);
    expect(of('noteOn').map(({ frame }) => frame)).toEqual([0, 480]);
    expect(of('noteOff').map(({ frame }) => frame)).toEqual([480, 1200]);
  });

  it('ends now what sounds where nobody says when: switched off, or by all notes off', () => {
    for (const end of ['off', 'all notes off'] as const) {
      const { performer, arp, of, clock } = performerRig();
      arp('up');
      performer.noteOn(1, 48, 100, 0);
      performer.advance(10);
      clock.seconds = 0.01;
      if (end === 'off') arp('off');
      else performer.controlChange(1, 123, 0);
      expect(of('noteOff').map(({ frame }) => frame)).toEqual([480]);
    }
  });

  it('plays so many steps in the tempo, of so long a gate, with swing, over so many octaves', () => {
    const { performer, of } = performerRig();
    performer.setParameters({
      arpMode: 1,
      arpRate: 4,
      arpGate: 0.5,
      arpSwing: 0.5,
      arpOctaves: 2,
      tempo: 60,
    });
    performer.noteOn(1, 48, 100, 0);
    performer.advance(2 * rigRate - 1);
    expect(of('noteOn').map(({ slot, frame }) => [slot, frame])).toEqual([
      [0, 0],
      [10, 36_000],
      [0, 48_000],
      [10, 84_000],
    ]);
    expect(of('noteOff').map(({ frame }) => frame)).toEqual([18_000, 42_000, 66_000, 90_000]);
  });

  it('begins anew with a sequencer that starts, at the frame of that or now', () => {
    for (const time of [30_000, undefined]) {
      const { performer, arp, of, clock } = performerRig();
      arp('up');
      performer.setParameter('arpRate', 2);
      for (const key of [48, 50, 52]) performer.noteOn(1, key, 100, 0);
      performer.advance(24_000);
      clock.seconds = 30_000 / rigRate;
      performer.transportStart(time);
      performer.advance(60_000);
      expect(of('noteOn').map(({ slot, frame }) => [slot, frame])).toEqual([
        [0, 0],
        [2, 24_000],
        [0, 30_000],
        [2, 54_000],
      ]);
    }
  });

  it('drops the keys of a sustain pedal that goes up, and keeps those of another channel', () => {
    const { performer, arp, of } = performerRig();
    arp('up');
    performer.setParameter('arpRate', 2);
    for (const channel of [1, 2]) {
      performer.controlChange(channel, 64, 127);
      performer.noteOn(channel, 46 + 2 * channel, 100, 0);
      performer.noteOff(channel, 46 + 2 * channel, 64, 0);
    }
    performer.controlChange(1, 64, 0, 10);
    performer.advance(48_000);
    expect(of('noteOn').map(({ slot }) => slot)).toEqual([0, 2, 2]);
  });
});

describe('the beat', () => {
  it("of a sequencer that stops is nobody's any more, at that frame", () => {
    const { performer, of } = performerRig();
    performer.setParameters({ lfoSync: 3, lfoTo: 1, lfoAmount: 0.5 });
    performer.followBeat(0, 90);
    expect(of('parameters').at(-1)?.parameters).toMatchObject({ lfoTurns: 0, lfoHz: near(1.5) });
    performer.transportStop(4800);
    expect(of('parameters').at(-1)).toMatchObject({
      parameters: { lfoTurns: null, lfoHz: near(2) },
      frame: 4800,
    });
  });

  it('of what lies ahead is told with the next tempo, that of now at once', () => {
    const { performer, of } = performerRig();
    performer.setParameters({ lfoSync: 3, lfoTo: 1, lfoAmount: 0.5 });
    const before = of('parameters').length;
    performer.followBeat(4, 90, 4800);
    expect(of('parameters')).toHaveLength(before);
    performer.setTempo(120, 4800);
    expect(of('parameters').at(-1)).toMatchObject({ parameters: { lfoHz: near(1.5) }, frame: 4800 });
  });

  it('is at its place at once unless it is measured, then drawn there', () => {
    const { performer, of } = performerRig();
    performer.setParameters({ lfoSync: 3, lfoTo: 1, lfoAmount: 0.5 });
    const hz = () => of('parameters').at(-1)?.parameters.lfoHz;
    performer.followBeat(0, 120);
    performer.followBeat(0.05, 120);
    expect(hz()).toBeCloseTo(2, 9);
    performer.followBeat(0.09, 120, undefined, true);
    expect(hz()).toBeCloseTo(2 * 1.02, 9);
  });

  it('has a tempo within the range of the parameter', () => {
    const { performer } = performerRig();
    performer.setTempo(10);
    expect(performer.parameter('tempo')).toBe(30);
    performer.setTempo(900);
    expect(performer.parameter('tempo')).toBe(300);
  });
});

describe('a slow oscillator of its own rate', () => {
  /** Turns as the kernel counts them, by all that it was told. */
  function kernelTurns(of: ReturnType<typeof performerRig>['of']) {
    const told = of('parameters').map(({ parameters, frame = 0 }) => ({ parameters, frame }));
    return (frame: number) => {
      const state = new SharedVoiceState(rigRate);
      for (const one of told) if (one.frame <= frame) state.set(one.parameters, one.frame);
      return state.turnsAt(frame);
    };
  }

  it('starts with the transport, and goes on without a leap at another rate', () => {
    const { performer, of } = performerRig();
    performer.setParameters({ lfoTo: 1, lfoAmount: 0.5, lfoRate: 3 }, 0);
    performer.transportStart(5000);
    performer.setParameter('lfoRate', 7, 5000 + rigRate);
    performer.setParameter('lfoRate', 2, 5000 + 2 * rigRate);
    const turns = kernelTurns(of);
    expect(turns(5000)).toBeCloseTo(0, 9);
    expect(turns(5000 + rigRate)).toBeCloseTo(3, 6);
    expect(turns(5000 + 2 * rigRate)).toBeCloseTo(10, 6);
    expect(turns(5000 + 3 * rigRate)).toBeCloseTo(12, 6);
    // Until then it had gone on as before.
    expect(turns(4999)).toBeCloseTo((3 * 4999) / rigRate, 6);
  });

  it('starts again with the next one, beside a stutter that counts from its beat', () => {
    const { performer, of } = performerRig();
    performer.setParameters({ lfoTo: 1, lfoAmount: 0.5, lfoRate: 3, hold: holdModes.indexOf('stutter') }, 0);
    performer.transportStart(1000);
    performer.transportStart(9600);
    performer.followBeat(0.5, 120, 12_000);
    performer.setTempo(120, 12_000);
    const turns = kernelTurns(of);
    expect(of('parameters').at(-1)?.parameters.stutterTurns).not.toBeNull();
    expect(turns(9600)).toBeCloseTo(0, 9);
    expect(turns(9600 + rigRate)).toBeCloseTo(3, 6);
  });
});
