// Joins the page's panels to the instrument and to what it keeps.
import type { Instrument } from '../instrument/instrument.ts';
import type { LiveValues } from './emitter.ts';
import type { InstrumentApi } from './instrumentApi.ts';

/** The parts of a loaded instrument. */
export function connectInstrument(_instrument: Instrument, _live: LiveValues): InstrumentApi {
  return {
    lyrics: null,
    presets: null,
    history: null,
    scenes: null,
    gesture: null,
    map: null,
    learn: null,
    song: null,
  };
}
