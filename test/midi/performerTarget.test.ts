// The whole way from bytes' meaning to the kernel: MPE, bend range, transport, and storms that leave no note
// hanging.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parameterIds } from '../../src/contract/parameters.ts';
import type { MidiMessage } from '../../src/midi/message.ts';
import { performerTarget } from '../../src/midi/performerTarget.ts';
import { HeldEvents } from '../../src/midi/heldEvents.ts';
import { MidiRouter } from '../../src/midi/router.ts';
import { Random } from '../../src/dsp/random.ts';
import { fakeWaits } from '../helpers/fakeWaits.ts';
import { learnOf, memoryStore } from '../helpers/midiTarget.ts';
import { performerRig, rigRate } from '../helpers/performerRig.ts';

function rig() {
  const parts = performerRig();
  const target = performerTarget({ performer: parts.performer, frameOf: (ms) => (ms * rigRate) / 1000 });
  const learn = learnOf(target, memoryStore());
  const router = new MidiRouter(target, learn);
  const port = router.open('Keys');
  const control = (channel: number, ...changes: readonly (readonly [number, number])[]) => {
    for (const [controller, data] of changes)
      port.handle({ type: 'control', channel, controller, data, ms: 10 });
  };
  return { ...parts, learn, router, port, control };
}

/** Ids of notes that were begun and not ended, unless everything was silenced since. */
function hanging({ kernel }: ReturnType<typeof rig>): Set<number> {
  const sounding = new Set<number>();
  for (const message of kernel) {
    if (message.type === 'noteOn') sounding.add(message.noteId);
    else if (message.type === 'noteOff') sounding.delete(message.noteId);
    else if (message.type === 'silence') sounding.clear();
  }
  return sounding;
}

const channel = fc.integer({ min: 1, max: 16 });
const data = fc.integer({ min: 0, max: 127 });
const ms = fc.integer({ min: 0, max: 5000 });
/** Few keys and channels, so that they meet. */
const note = fc.integer({ min: 58, max: 62 });
const few = fc.integer({ min: 1, max: 3 });
const message: fc.Arbitrary<MidiMessage> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('noteOn' as const),
      channel: few,
      note,
      velocity: fc.integer({ min: 1, max: 127 }),
      ms,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('noteOff' as const), channel: few, note, velocity: data, ms }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('control' as const),
      channel: few,
      controller: fc.oneof(fc.constantFrom(6, 38, 64, 66, 67, 96, 97, 98, 99, 100, 101, 121, 123), data),
      data,
      ms,
    }),
  },
  fc.record({
    type: fc.constant('bend' as const),
    channel,
    bend: fc.double({ min: -1, max: 1, noNaN: true }),
    ms,
  }),
  fc.record({ type: fc.constantFrom('pressure' as const, 'program' as const), channel, data, ms }),
  fc.record({ type: fc.constant('polyPressure' as const), channel: few, note, data, ms }),
  fc.record({
    type: fc.constantFrom('clock' as const, 'start' as const, 'stop' as const, 'continue' as const),
    ms,
  }),
  fc.record({ type: fc.constant('position' as const), quarters: fc.integer({ min: 0, max: 4095 }), ms }),
);

describe('MIDI through the performer', () => {
  it('starts and ends notes on the frames of their time stamps', () => {
    const { port, of } = rig();
    port.handle({ type: 'noteOn', channel: 1, note: 60, velocity: 100, ms: 1000 });
    port.handle({ type: 'noteOff', channel: 1, note: 60, velocity: 64, ms: 1500 });
    expect([of('noteOn')[0].frame, of('noteOff')[0].frame]).toEqual([48_000, 72_000]);
  });

  it('bends one finger of a zone over 48 semitones, and all of them over what RPN 0 of one says', () => {
    const { port, control, mode, of } = rig();
    mode('sing');
    control(1, [101, 0], [100, 6], [6, 4]);
    port.handle({ type: 'noteOn', channel: 2, note: 60, velocity: 100, ms: 10 });
    port.handle({ type: 'noteOn', channel: 3, note: 64, velocity: 100, ms: 10 });
    port.handle({ type: 'bend', channel: 2, bend: 0.25, ms: 20 });
    const [first, second] = of('noteOn').map(({ noteId }) => noteId);
    const ratios = (noteId: number) =>
      of('control').flatMap((told) => (told.noteId === noteId ? [told.pitchRatio] : []));
    expect(ratios(first).at(-1)).toBeCloseTo(2, 9);
    expect(ratios(second).filter((ratio) => ratio !== undefined && ratio !== 1)).toEqual([]);
    control(3, [101, 0], [100, 0], [6, 12]);
    port.handle({ type: 'bend', channel: 2, bend: 1, ms: 30 });
    expect(ratios(first).at(-1)).toBeCloseTo(2, 9);
  });

  it('puts lyrics back to their front on start', () => {
    const { port, mode, performer, of } = rig();
    mode('lyrics');
    performer.setLyrics('3 1 4');
    const sing = () => port.handle({ type: 'noteOn', channel: 1, note: 60, velocity: 100, ms: 10 });
    sing();
    sing();
    port.handle({ type: 'start', ms: 20 });
    sing();
    expect(of('noteOn').map(({ slot }) => slot % 10)).toEqual([3, 1, 3]);
  });

  it('leaves lyrics where they are on stop and continue, and puts them back at the beginning of a song', () => {
    const { port, mode, performer, of } = rig();
    mode('lyrics');
    performer.setLyrics('3 1 4 1 5');
    const sing = () => port.handle({ type: 'noteOn', channel: 1, note: 60, velocity: 100, ms: 10 });
    sing();
    port.handle({ type: 'stop', ms: 20 });
    port.handle({ type: 'position', quarters: 8, ms: 20 });
    port.handle({ type: 'continue', ms: 20 });
    sing();
    port.handle({ type: 'position', quarters: 0, ms: 20 });
    sing();
    expect(of('noteOn').map(({ slot }) => slot % 10)).toEqual([3, 1, 3]);
  });

  it('tunes the notes of a channel, and all members of a zone from its master', () => {
    const { port, control, mode, of } = rig();
    mode('sing');
    const note = (channel: number) =>
      port.handle({ type: 'noteOn', channel, note: 60, velocity: 100, ms: 10 });
    const ratio = (index: number) =>
      of('control').findLast(({ noteId }) => noteId === of('noteOn')[index].noteId)?.pitchRatio;
    note(2);
    control(2, [101, 0], [100, 2], [6, 76]);
    expect(ratio(0)).toBeCloseTo(2, 9);
    control(2, [101, 0], [100, 1], [6, 0], [38, 0]);
    expect(ratio(0)).toBeCloseTo(2 ** (11 / 12), 9);
    control(2, [121, 0]);
    note(2);
    expect(ratio(1)).toBeCloseTo(2 ** (11 / 12), 9);
    control(1, [101, 0], [100, 6], [6, 3], [100, 2], [6, 52]);
    note(2);
    note(5);
    control(2, [101, 0], [100, 1], [6, 64], [38, 0], [100, 2], [6, 64]);
    expect(ratio(2)).toBeCloseTo(0.5, 9);
    expect(ratio(3)).toBeUndefined();
  });

  it('sets every parameter to both ends by its number, within its range', () => {
    const { control, performer } = rig();
    parameterIds.forEach((id, place) => {
      for (const end of [0, 127]) {
        control(1, [99, place >> 7], [98, place & 127], [6, end], [38, end]);
        expect(Number.isFinite(performer.parameter(id))).toBe(true);
      }
    });
  });

  it('leaves no note hanging after any storm of two devices, once both are unplugged', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(message, fc.boolean(), fc.constantFrom(...parameterIds, null)), { maxLength: 150 }),
        (storm) => {
          const parts = rig();
          const ports = [parts.port, parts.router.open('Pads')];
          for (const [sent, isSecond, armed] of storm) {
            if (armed && sent.type === 'program') parts.learn.arm(armed);
            ports[Number(isSecond)].handle(sent);
          }
          for (const port of ports) port.unplug(6000);
          // The slowest arpeggio, whole notes at 30 bpm, has ended its last note by then.
          parts.performer.advance(60 * rigRate);
          expect(hanging(parts)).toEqual(new Set());
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('events that a song tells ahead', () => {
  it('have a bend use the range that is set before it, though neither is due', () => {
    const { performer, clock, of } = performerRig();
    clock.seconds = 1;
    const now = () => 1000 * clock.seconds;
    const held = new HeldEvents({ now, startWait: fakeWaits(now).startWait });
    const target = performerTarget({ performer, frameOf: (ms) => (ms * rigRate) / 1000, held });
    target.noteOn(1, 60, 100, 1000);
    target.setParameter('bendRange', 12, 1100);
    target.setParameter('bendRange', 24, 1200);
    target.pitchBend(1, 1, 1150);
    expect(of('control').filter(({ pitchRatio }) => pitchRatio !== undefined)).toMatchObject([
      { pitchRatio: 2, frame: 55_200 },
    ]);
  });
});

describe('a clock through the performer', () => {
  const tickMs = 60_000 / 120 / 24;

  /**
   * A target as on the page, and a clock of 120 that starts at the first tick; `late` moves messages, not stamps.
   * @param latency what every event is put off by, ms, where its message is not later than that
   */
  function clocked(latency = 0) {
    const parts = performerRig();
    const waits = fakeWaits(() => 1000 * parts.clock.seconds);
    const held = new HeldEvents({ now: () => 1000 * parts.clock.seconds, startWait: waits.startWait });
    const frameOf = (ms: number) =>
      ms + latency > 1000 * parts.clock.seconds ? Math.round(((ms + latency) * rigRate) / 1000) : undefined;
    const router = new MidiRouter(performerTarget({ performer: parts.performer, frameOf, held }), {
      handle: () => false,
    });
    const port = router.open('Clock');
    let ticks = 0;
    /** Ticks from 1 s on, stamped `late` ms before they come. */
    const run = (count: number, late: (k: number) => number = () => 0) => {
      for (let k = 0; k < count; k++, ticks++) {
        const ms = 1000 + ticks * tickMs;
        parts.clock.seconds = (ms + late(ticks)) / 1000;
        parts.performer.advance(Math.round((parts.clock.seconds + 0.12) * rigRate));
        port.handle({ type: 'clock', ms });
      }
    };
    return { ...parts, port, run };
  }
  const startOf = (starts: readonly { readonly frame?: number }[]) =>
    starts.map(({ frame }) => frame! / rigRate);

  it('puts the steps of an arpeggio on its beats, though its messages come late in turns', () => {
    const { performer, port, run, of } = clocked();
    const random = new Random(11);
    performer.setParameters({ arpMode: 1, arpRate: 4 });
    run(48, () => random.uniform(0, 8));
    // Ticks went on before the start: beat 0 is the tick behind it.
    port.handle({ type: 'start', ms: 1000 + 47.5 * tickMs });
    run(57, () => random.uniform(0, 8));
    performer.noteOn(1, 60, 100);
    run(24 * 16, () => random.uniform(0, 8));
    const steps = startOf(of('noteOn'));
    expect(steps.length).toBeGreaterThan(28);
    const beatZero = 1 + (48 * tickMs) / 1000;
    steps.forEach((seconds, k) => {
      const place = (seconds - beatZero) / 0.25;
      expect(Math.abs(place - Math.round(place)) * 0.25).toBeLessThan(0.006);
      if (k > 0) expect(Math.abs(seconds - steps[k - 1] - 0.25)).toBeLessThan(0.008);
    });
  });

  it('plays steps as long behind their beats as keys behind their stamps, however late ticks come', () => {
    const { performer, port, run, of } = clocked(12);
    const random = new Random(13);
    performer.setParameters({ arpMode: 1, arpRate: 4 });
    // One in four comes later than the latency.
    const late = () => random.uniform(0, 16);
    run(48, late);
    port.handle({ type: 'start', ms: 1000 + 47.5 * tickMs });
    run(9, late);
    performer.noteOn(1, 60, 100);
    run(24 * 8, late);
    const steps = startOf(of('noteOn')).slice(1);
    expect(steps.length).toBeGreaterThan(12);
    const beatZero = 1.012 + (48 * tickMs) / 1000;
    for (const seconds of steps) {
      const place = (seconds - beatZero) / 0.25;
      expect(Math.abs(place - Math.round(place)) * 0.25).toBeLessThan(0.0005);
    }
  });

  it.each([0, 12])(
    'has the oscillator on its beats without a leap of phase or tempo, %d ms late',
    (latency) => {
      const { performer, port, run, of } = clocked(latency);
      const random = new Random(12);
      run(24);
      performer.setParameters({ lfoSync: 3, lfoTo: 1, lfoAmount: 0.5 });
      port.handle({ type: 'start', ms: 1000 + 23.5 * tickMs });
      run(24 * 12, () => random.uniform(0, 8));
      const sent = of('parameters').filter(({ parameters }) => parameters.lfoTurns !== null);
      expect(sent.length).toBeGreaterThan(20);
      const turnsAt = (frame: number, k: number) => {
        const { phaseFrame, lfoTurns, lfoHz } = sent[k].parameters;
        return lfoTurns! + ((frame - phaseFrame) * lfoHz) / rigRate;
      };
      for (let k = 1; k < sent.length; k++) {
        const { phaseFrame, lfoHz } = sent[k].parameters;
        expect(Math.abs(lfoHz / 2 - 1)).toBeLessThanOrEqual(0.051);
        expect(Math.abs(turnsAt(phaseFrame, k) - turnsAt(phaseFrame, k - 1))).toBeLessThan(1e-6);
      }
      const last = sent.length - 1;
      const beatZero = (1000 + latency + 24 * tickMs) / 1000;
      const { phaseFrame } = sent[last].parameters;
      expect(turnsAt(phaseFrame, last)).toBeCloseTo((phaseFrame / rigRate - beatZero) / 0.5, 1);
      port.handle({ type: 'stop', ms: 1e5 });
      expect(of('parameters').at(-1)?.parameters.lfoTurns).toBeNull();
    },
  );

  it('goes on from the song position, and by itself when the clock is lost', () => {
    const { performer, port, run, of, clock } = clocked();
    performer.setParameters({ arpMode: 1, arpRate: 2 });
    run(24);
    port.handle({ type: 'position', quarters: 3.5, ms: 1 });
    port.handle({ type: 'continue', ms: 1000 + 23.5 * tickMs });
    run(2);
    performer.noteOn(1, 60, 100);
    run(40);
    // Quarters of the song: the next is half a quarter behind the tick that continues.
    const first = 1 + ((24 + 12) * tickMs) / 1000;
    for (let k = 0; k < 100; k++) {
      clock.seconds += 0.025;
      performer.advance(Math.round((clock.seconds + 0.12) * rigRate));
    }
    const steps = startOf(of('noteOn'));
    expect(steps.length).toBeGreaterThan(6);
    steps.forEach((seconds, k) => expect(Math.abs(seconds - first - 0.5 * k)).toBeLessThan(0.002));
  });
});
