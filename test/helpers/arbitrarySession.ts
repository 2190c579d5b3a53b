// Sessions as a player might leave them, for property tests.
import fc from 'fast-check';
import {
  parameterById,
  parameters,
  type ParameterId,
  type ParameterValues,
} from '../../src/contract/parameters.ts';
import { completeValues, type Gesture, type StoredPad } from '../../src/patch/preset.ts';
import type { SceneMover } from '../../src/patch/scenes.ts';
import type { Snapshot } from '../../src/session/soundState.ts';

const valueOf = (id: ParameterId): fc.Arbitrary<number> => {
  const { min, max, curve } = parameterById(id);
  return curve === 'choice'
    ? fc.integer({ min, max })
    : fc.double({ min, max, noNaN: true }).map((value) => (value === 0 ? 0 : value));
};

/** Some parameters moved, the others at their defaults. */
const arbitraryValues: fc.Arbitrary<ParameterValues> = fc
  .array(
    fc.constantFrom(...parameters.map(({ id }) => id)).chain((id) => fc.tuple(fc.constant(id), valueOf(id))),
  )
  .map((entries) => completeValues(Object.fromEntries(entries)));

const lyrics = fc.array(fc.constantFrom('3', 'one', '-', '.', '|', ' ')).map((steps) => steps.join(' '));

const gesture: fc.Arbitrary<Gesture> = fc
  .record({
    name: fc.constantFrom('Gesture', 'Slow turn'),
    unit: fc.constantFrom('seconds' as const, 'beats' as const),
    length: fc.double({ min: 0.01, max: 100, noNaN: true }),
    loop: fc.boolean(),
    points: fc.array(
      fc.constantFrom(...parameters.map(({ id }) => id)).chain((id) =>
        fc.record({
          at: fc.double({ min: 0, max: 1, noNaN: true }),
          id: fc.constant(id),
          value: valueOf(id),
        }),
      ),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map((one) => ({
    ...one,
    points: one.points.map((point) => ({ ...point, at: point.at * one.length })).sort((a, b) => a.at - b.at),
  }));

/** @param dimensions of the model's style, and of its digit point */
function pads(dimensions: number, digitDimensions: number): fc.Arbitrary<StoredPad[]> {
  const vector = (length: number) =>
    fc.array(
      fc.double({ min: -5, max: 5, noNaN: true }).map((value) => (value === 0 ? 0 : value)),
      { minLength: length, maxLength: length },
    );
  const pad = fc
    .record({
      note: fc.integer({ min: 0, max: 127 }),
      digit: fc.integer({ min: 0, max: 9 }),
      speaker: fc.integer({ min: 0, max: 5 }),
      style: vector(dimensions),
      digitPoint: fc.option(vector(digitDimensions), { nil: undefined }),
    })
    .map(({ digitPoint, ...rest }) => (digitPoint ? { ...rest, digitPoint } : rest));
  return fc
    .uniqueArray(pad, { selector: ({ note }) => note, maxLength: 4 })
    .map((list) => list.sort((a, b) => a.note - b.note));
}

const scale = { name: 'fifths.scl', text: '! fifths.scl\nOnly fifths\n 2\n!\n 3/2\n 2/1\n' };
const map = { name: 'mine.kbm', text: '0\n0\n127\n60\n69\n400.0\n0\n' };

/** A whole session. Dimensions as in `pads`. */
export function arbitrarySnapshot(dimensions: number, digitDimensions: number): fc.Arbitrary<Snapshot> {
  return fc.record({
    values: arbitraryValues,
    lyrics,
    scenes: fc.tuple(...[0, 1, 2, 3].map(() => fc.option(arbitraryValues))),
    mover: fc.constantFrom<SceneMover>('pad', 'knob'),
    gesture: fc.option(gesture),
    pads: pads(dimensions, digitDimensions),
    ownPads: pads(dimensions, digitDimensions),
    tuning: fc.constantFrom({}, { scale }, { map }, { scale, map }),
    side: fc.constantFrom('A' as const, 'B' as const),
    other: fc.record({ values: arbitraryValues, lyrics }),
  });
}
