import { getSystemErrorName } from 'node:util';

/** A TCP socket as Node's own streams hold it. Results are 0 or a negative error number. */
export interface TcpHandle {
  /** Whom its callbacks act for. */
  link: unknown;
  onread: (this: TcpHandle) => void;
  bind(address: string, port: number): number;
  connect(request: ConnectRequest, address: string, port: number): number;
  setNoDelay(isOn: boolean): number;
  /** All reads go into these bytes, from their beginning. */
  useUserBuffer(bytes: Uint8Array): void;
  readStart(): number;
  writeBuffer(request: object, bytes: Uint8Array): number;
  /** Ends the connection with a reset. */
  reset(done: () => void): number;
}

export interface ConnectRequest {
  oncomplete: (status: number, handle: TcpHandle) => void;
}

/** What of Node's inside a bare handle needs. */
interface TcpBinding {
  readonly TCP: new (kind: number) => TcpHandle;
  readonly TCPConnectWrap: new () => ConnectRequest;
  readonly constants: { readonly SOCKET: number };
}

interface StreamBinding {
  readonly WriteWrap: new () => object;
  readonly kReadBytesOrError: number;
  readonly streamBaseState: Readonly<Record<number, number>>;
}

/** Bare handles: a stream around each takes three times the memory, which counts where a process holds thousands. */
export class TcpHandles {
  readonly #tcp: TcpBinding;
  readonly #stream: StreamBinding;

  private constructor(tcp: TcpBinding, stream: StreamBinding) {
    this.#tcp = tcp;
    this.#stream = stream;
  }

  /** Undefined where this Node does not let them out: they are no part of its API. */
  static find(): TcpHandles | undefined {
    const { binding } = process as { binding?: (name: string) => unknown };
    if (typeof binding !== 'function') return undefined;
    try {
      const tcp = binding('tcp_wrap') as Partial<TcpBinding>;
      const stream = binding('stream_wrap') as Partial<StreamBinding>;
      if (tcp.TCP === undefined || stream.streamBaseState === undefined) return undefined;
      return new TcpHandles(tcp as TcpBinding, stream as StreamBinding);
    } catch {
      return undefined;
    }
  }

  create(): TcpHandle {
    return new this.#tcp.TCP(this.#tcp.constants.SOCKET);
  }

  connectRequest(): ConnectRequest {
    return new this.#tcp.TCPConnectWrap();
  }

  writeRequest(): object {
    return new this.#stream.WriteWrap();
  }

  /** Of the read whose callback runs: how many bytes, or a negative error number. */
  get readBytes(): number {
    return this.#stream.streamBaseState[this.#stream.kReadBytesOrError] ?? 0;
  }
}

const endOfFile = -4095;

/** What an error number means, in the words of `LoginSocket`. */
export function reasonOf(error: number): string {
  return error === endOfFile ? 'end of connection' : getSystemErrorName(error);
}
