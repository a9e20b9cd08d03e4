import type { Caller, DnsAnswer, Network, WireRequest, WireResponse } from '../wire.ts';
import type { Gate } from './gate.ts';
import { runAsWorld } from './host-errors.ts';

/** What a module gets back: exactly one of the two is called, or none when nobody answers or the environment died. */
interface Reply<T> {
  readonly answer: (value: T) => void;
  readonly fail: (error: unknown) => void;
}

/** The network as one environment sees it: every answer comes through its gate. */
export class Port {
  readonly #network: Network;
  readonly #gate: Gate;
  readonly #caller: () => Caller;
  readonly #onEffect: (call: number) => void;
  #calls = 0;

  /** `onEffect` is told when the n-th request since `countFromZero` has had its effect, before its answer is delivered. */
  constructor(network: Network, gate: Gate, caller: () => Caller, onEffect: (call: number) => void) {
    this.#network = network;
    this.#gate = gate;
    this.#caller = caller;
    this.#onEffect = onEffect;
  }

  countFromZero(): void {
    this.#calls = 0;
  }

  /** Returns the function that gives up: what was already done stays done. */
  send(request: Omit<WireRequest, 'signal'>, reply: Reply<WireResponse>): () => void {
    const giveUp = new AbortController();
    let answered = false;
    const forget = this.#gate.onDeath(() => giveUp.abort());
    // A request that the code makes after it has been frozen leaves when it is thawed.
    this.#gate.deliver(() => {
      if (giveUp.signal.aborted) return;
      this.#calls += 1;
      const call = this.#calls;
      const settle = (fn: () => void): void => {
        answered = true;
        forget();
        if (!this.#gate.dead) this.#onEffect(call);
        this.#gate.deliver(fn);
      };
      const sent = runAsWorld(() => this.#network.send({ ...request, signal: giveUp.signal }, this.#caller()));
      sent.then(
        (response) => settle(() => reply.answer(response)),
        (error: unknown) => settle(() => reply.fail(error)),
      );
    });
    return () => {
      forget();
      if (!answered) giveUp.abort();
    };
  }

  resolve(name: string, type: 'A' | 'AAAA', server: string | undefined, reply: Reply<DnsAnswer>): void {
    this.#gate.deliver(() => {
      const asked = runAsWorld(() => this.#network.resolve(name, type, server, this.#caller()));
      asked.then(
        (answer) => this.#gate.deliver(() => reply.answer(answer)),
        (error: unknown) => this.#gate.deliver(() => reply.fail(error)),
      );
    });
  }
}
