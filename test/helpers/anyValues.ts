// Arbitrary states of the parameter table for property tests.
import fc from 'fast-check';
import {
  parameterIds,
  parameters,
  valueAt,
  type ParameterId,
  type ParameterValues,
} from '../../src/contract/parameters.ts';

/** A value for every parameter; ends of the ranges and defaults are frequent. */
export const anyValues: fc.Arbitrary<ParameterValues> = fc
  .tuple(
    ...parameters.map((row) =>
      fc.oneof(
        fc.constantFrom(row.defaultValue, row.min, row.max),
        // Minus zero would only test whether assertions tell it from zero.
        fc.double({ min: 0, max: 1, noNaN: true }).map((position) => valueAt(row, position) + 0),
      ),
    ),
  )
  .map(
    (values) =>
      Object.fromEntries(parameterIds.map((id, k) => [id, values[k]])) as Record<ParameterId, number>,
  );
