// A server before the page's own that spoils what it is told to: worklet modules are out of a browser test's reach otherwise.
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a file on its way. */
export type Spoiling = 'missing' | 'failing' | 'web page' | 'cut off' | 'altered' | 'gone' | 'slow';

const page = '<!doctype html><html><title>Welcome</title><p>Sign in to go on.</p></html>';
/** Of a slow file, until the rest of it comes. */
const slowSeconds = 7;

/** Serves what another server has, but for the files that `spoil` names. */
export class FaultyServer {
  readonly #from: URL;
  readonly #server: Server;
  #pattern: RegExp | null = null;
  #how: Spoiling = 'missing';
  /** Requests that were spoilt. */
  spoilt = 0;

  private constructor(from: string) {
    this.#from = new URL(from);
    this.#server = createServer((asked, answer) => this.#answer(asked, answer));
  }

  static async open(from: string): Promise<FaultyServer> {
    const faulty = new FaultyServer(from);
    await new Promise<void>((resolve) => faulty.#server.listen(0, 'localhost', resolve));
    return faulty;
  }

  /** Ends in '/'. */
  get address(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}/`;
  }

  spoil(pattern: RegExp, how: Spoiling): void {
    [this.#pattern, this.#how, this.spoilt] = [pattern, how, 0];
  }

  mend(): void {
    this.#pattern = null;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => void this.#server.close(() => resolve()));
  }

  #answer(asked: IncomingMessage, answer: ServerResponse): void {
    const isSpoilt = this.#pattern?.test(asked.url ?? '') ?? false;
    const how = isSpoilt ? this.#how : null;
    if (isSpoilt) this.spoilt++;
    if (how === 'gone') {
      asked.socket.destroy();
    } else if (how === 'missing' || how === 'failing') {
      answer.writeHead(how === 'missing' ? 404 : 500, { 'Content-Type': 'text/plain' }).end(how);
    } else if (how === 'web page') {
      answer.writeHead(200, { 'Content-Type': 'text/html', 'Cache-Control': 'no-cache' }).end(page);
    } else this.#pass(asked, answer, how);
  }

  #pass(asked: IncomingMessage, answer: ServerResponse, how: Spoiling | null): void {
    // What is altered must not be compressed.
    const headers = { ...asked.headers };
    delete headers['if-none-match'];
    delete headers['if-modified-since'];
    if (how) delete headers['accept-encoding'];
    const { hostname, port } = this.#from;
    const ours = request({ hostname, port, path: asked.url, method: asked.method, headers }, (given) => {
      const pieces: Buffer[] = [];
      given.on('data', (piece: Buffer) => pieces.push(piece));
      given.on('end', () => {
        answer.writeHead(given.statusCode ?? 500, given.headers);
        const bytes = Buffer.concat(pieces);
        const middle = bytes.length >> 1;
        if (how === 'altered') bytes[middle] ^= 1;
        if (how !== 'cut off' && how !== 'slow') {
          answer.end(bytes);
          return;
        }
        answer.write(bytes.subarray(0, middle), () => {
          if (how === 'cut off') answer.destroy();
          else setTimeout(() => answer.end(bytes.subarray(middle)), 1000 * slowSeconds);
        });
      });
    });
    ours.on('error', () => answer.destroy());
    ours.end();
  }
}
