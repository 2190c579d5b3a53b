// Which of several ports of one name a port is: two identical controllers have settings and profiles of their own.

/** A port that is there. */
export interface NamedPort {
  readonly id: string;
  /** Maker and name. */
  readonly name: string;
}

/** Positions from 1 among the ports of a name, in the order in which the system tells them. A port keeps its own while it is there. */
export class PortPositions {
  /** By id, also of ports that have gone: the same one that comes back takes its place again where that is free. */
  readonly #known = new Map<string, { readonly name: string; readonly position: number }>();

  /** Positions of all ports that are there, by id. */
  assign(ports: readonly NamedPort[]): ReadonlyMap<string, number> {
    const positions = new Map<string, number>();
    const taken = new Set<string>();
    const take = ({ id, name }: NamedPort, position: number) => {
      taken.add(`${position} ${name}`);
      positions.set(id, position);
      this.#known.set(id, { name, position });
    };
    for (const port of ports) {
      const known = this.#known.get(port.id);
      if (known?.name === port.name && !taken.has(`${known.position} ${port.name}`))
        take(port, known.position);
    }
    for (const port of ports) {
      if (positions.has(port.id)) continue;
      let position = 1;
      while (taken.has(`${position} ${port.name}`)) position++;
      take(port, position);
    }
    return positions;
  }
}
