// What can go wrong on the way to sound, said for the player: every message ends with what to do.

/**
 * Where the way to sound broke.
 * @example
 * const place: FaultPlace = 'model';
 */
export type FaultPlace = 'browser' | 'model' | 'audio' | 'closed';

/**
 * An error that can be shown to the player as it is: it says what to do.
 * @example
 * createInstrument().catch((reason) => {
 *   if (reason instanceof InstrumentError) alert(reason.message);
 * });
 */
export class InstrumentError extends Error {
  override readonly name = 'InstrumentError';
  readonly place: FaultPlace;

  constructor(place: FaultPlace, message: string, options?: ErrorOptions) {
    super(message, options);
    this.place = place;
  }
}
