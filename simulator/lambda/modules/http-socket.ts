import { EventEmitter } from 'node:events';
import type { Timer } from '../../clock.ts';
import type { Inside } from './inside.ts';

/** The part of a socket that HTTP clients use: it connects at once, and its idle timeout runs on the world's clock. */
export class VirtualSocket extends EventEmitter {
  connecting = true;
  destroyed = false;
  readable = true;
  writable = true;
  readonly encrypted: boolean;
  readonly authorized: boolean;
  readonly remotePort: number;
  readonly #inside: Inside;
  #idle_ms = 0;
  #idle: Timer | undefined;

  constructor(inside: Inside, url: URL) {
    super();
    this.#inside = inside;
    this.encrypted = url.protocol === 'https:';
    this.authorized = this.encrypted;
    this.remotePort = Number(url.port) || (this.encrypted ? 443 : 80);
  }

  connected(): void {
    if (this.destroyed) return;
    this.connecting = false;
    this.emit('lookup', null, undefined, undefined, undefined);
    this.emit('connect');
    this.emit('ready');
    if (this.encrypted) this.emit('secureConnect');
    this.active();
  }

  /** Bytes were sent or received: the idle timeout starts again. */
  active(): void {
    this.#idle?.cancel();
    if (this.#idle_ms === 0 || this.destroyed) return;
    this.#idle = this.#inside.gate.after(this.#idle_ms, () => this.emit('timeout'));
  }

  setTimeout(idle_ms: number, onTimeout?: () => void): this {
    this.#idle_ms = idle_ms;
    if (onTimeout !== undefined) {
      if (idle_ms === 0) this.removeListener('timeout', onTimeout);
      else this.once('timeout', onTimeout);
    }
    this.active();
    return this;
  }
  get timeout(): number {
    return this.#idle_ms;
  }
  setKeepAlive(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  end(): this {
    return this.destroy();
  }
  /** The request that owns the socket is notified by `close`. */
  destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.readable = false;
    this.writable = false;
    this.#idle?.cancel();
    process.nextTick(() => this.#inside.gate.deliver(() => this.emit('close', error !== undefined)));
    return this;
  }
}
