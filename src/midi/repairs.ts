// What was mended while a file was read: counted by kind, with the first place of each.

/** Kinds of damage, in words for one and for several. */
const kinds = {
  wrapperSize: ['wrong size of a wrapper', 'wrong sizes of wrappers'],
  wrapper: ['stray start before the header', 'stray starts before the header'],
  header: ['damaged header', 'damaged headers'],
  trackCount: ['wrong number of tracks in the header', 'wrong numbers of tracks in headers'],
  trackLength: ['wrong track length', 'wrong track lengths'],
  trackId: ['track without its "MTrk"', 'tracks without their "MTrk"'],
  foreign: ['stretch of bytes between tracks', 'stretches of bytes between tracks'],
  earlyEnd: ['end of track before its end', 'ends of tracks before their ends'],
  noEnd: ['track without its end', 'tracks without their ends'],
  data: ['data byte over 127', 'data bytes over 127'],
  system: ['stray system message', 'stray system messages'],
  metaLength: ['odd length of a meta event', 'odd lengths of meta events'],
  sysex: ['system exclusive message without its length', 'system exclusive messages without their length'],
  tempo: ['senseless tempo', 'senseless tempos'],
  delta: ['senseless wait', 'senseless waits'],
  lost: ['stretch that cannot be read', 'stretches that cannot be read'],
  cut: ['ending after more than a day', 'endings after more than a day'],
  second: ['second song behind the first', 'further songs behind the first'],
} as const;

export type RepairKind = keyof typeof kinds;

/** Counts repairs; one for each file. */
export class Repairs {
  readonly #found = new Map<RepairKind, { count: number; readonly place: string }>();

  /** @param place of this repair, in words: `track 2, byte 81` */
  add(kind: RepairKind, place: string): void {
    const known = this.#found.get(kind);
    if (known) known.count++;
    else this.#found.set(kind, { count: 1, place });
  }

  /** True where nothing had to be mended. */
  get isEmpty(): boolean {
    return this.#found.size === 0;
  }

  /** One sentence, or '' where nothing was mended. */
  sentence(where: string): string {
    if (this.isEmpty) return '';
    const parts = [...this.#found].map(([kind, { count, place }]) => {
      const [one, several] = kinds[kind];
      return count === 1 ? `1 ${one} (${place})` : `${count} ${several} (first ${place})`;
    });
    return `${where} is damaged and plays as far as it could be mended: ${parts.join('; ')}.`;
  }
}
