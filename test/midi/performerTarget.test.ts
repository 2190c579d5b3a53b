// The whole way from bytes' meaning to the kernel: MPE, bend range, transport, and storms that leave no note
// hanging.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parameterIds } from '../../src/contract/parameters.ts';
import type { MidiMessage } from '../../src/midi/message.ts';
import { performerTarget } from '../../src/midi/performerTarget.ts';
import { MidiRouter } from '../../src/midi/router.ts';
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
