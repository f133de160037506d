import type { NetworkLink, NetworkMode, PlaygroundServer } from './server.ts';

/** The network of one device: a link at the server, made when it is first needed and again when it is gone. */
export class DeviceLink {
  readonly #server: PlaygroundServer;
  #link: NetworkLink | undefined;
  #opening: Promise<NetworkLink> | undefined;
  #mode: NetworkMode = 'normal';

  constructor(server: PlaygroundServer) {
    this.#server = server;
  }

  /** Where the device reaches the gateway. */
  async url(): Promise<string> {
    return (await this.#present()).url;
  }

  async setMode(mode: NetworkMode): Promise<void> {
    this.#mode = mode;
    const { id } = await this.#present();
    await this.#server.setMode(id, mode);
  }

  async reset(): Promise<void> {
    await this.#server.reset((await this.#present()).id);
  }

  async #present(): Promise<NetworkLink> {
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  async #open(): Promise<NetworkLink> {
    if (this.#link !== undefined && (await this.#server.holdsLink(this.#link.id)))
      return this.#link;
    const link = await this.#server.openLink();
    if (this.#mode !== 'normal') await this.#server.setMode(link.id, this.#mode);
    this.#link = link;
    return link;
  }
}
