// What can go wrong on the way to sound, said for the player: every message ends with what to do.

/** Where the way to sound broke. */
export type FaultPlace = 'browser' | 'model' | 'audio' | 'closed';

/** An error that the page shows as it is. */
export class InstrumentError extends Error {
  override readonly name = 'InstrumentError';
  readonly place: FaultPlace;

  constructor(place: FaultPlace, message: string, options?: ErrorOptions) {
    super(message, options);
    this.place = place;
  }
}
