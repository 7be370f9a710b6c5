import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, BlockStorageClient, Json } from '@scoria-test/support';
import { type Content, difference, fileOf, scribble } from './content.ts';
import type { Random } from './random.ts';

const GIB = 1024 ** 3;
const passing = new Set(['creating', 'deleting', 'extending', 'detaching', 'downloading']);

interface Kept {
  readonly id: string;
  size: number;
  content: Content;
}

/** What a tenant works with. `client` answers the client of the service that runs now. */
export interface Surroundings {
  readonly directory: string;
  readonly random: Random;
  client(): BlockStorageClient;
  over(): boolean;
}

/**
 * One tenant: does one thing after the other to volumes of its own, through whatever is killed meanwhile, and knows what
 * every one of them must hold.
 */
export class Tenant {
  readonly volumes = new Map<string, Kept>();
  readonly snapshots = new Map<string, Kept & { readonly volumeId: string }>();
  /** What was done, for who reads of a failure. */
  readonly diary: string[] = [];
  readonly #name: string;
  readonly #around: Surroundings;
  #made = 0;

  constructor(name: string, around: Surroundings) {
    this.#name = name;
    this.#around = around;
  }

  /** Works until it is over. */
  async work(): Promise<void> {
    const { random } = this.#around;
    while (!this.#around.over()) {
      const volume = this.volumes.size === 0 ? undefined : random.pick([...this.volumes.values()]);
      if (volume === undefined || (this.volumes.size < 3 && random.chance(0.25))) await this.#create();
      else await this.#act(volume);
    }
  }

  async #act(volume: Kept): Promise<void> {
    const { random } = this.#around;
    const roll = random.below(100);
    if (roll < 15) await this.#write(volume);
    else if (roll < 30 && this.snapshots.size < 3) await this.#snapshot(volume);
    else if (roll < 50 && this.volumes.size < 4) await this.#clone(volume);
    else if (roll < 60) await this.#extend(volume, false);
    else if (roll < 85) await this.#attach(volume);
    else await this.#delete(volume);
  }

  /** One request; undefined when nobody knows whether it arrived. */
  async #ask(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<Answer | undefined> {
    try {
      const answer = await this.#around.client().call(method, path, body);
      this.diary.push(`${this.#name} ${method} ${path} ${JSON.stringify(body) ?? ''} -> ${answer.status}`);
      return answer;
    } catch (error) {
      this.diary.push(`${this.#name} ${method} ${path} -> ${error instanceof Error ? error.message : error}`);
      return undefined;
    }
  }

  /** Looks until the service answers. */
  async #look(path: string): Promise<Answer> {
    for (const end = Date.now() + 30_000; ; ) {
      const answer = await this.#around
        .client()
        .call('GET', path)
        .catch(() => undefined);
      if (answer !== undefined && answer.status < 500) return answer;
      if (Date.now() > end) throw new Error(`nobody answers GET ${path}`);
      await sleep(50);
    }
  }

  /** The object once it is in no status in progress; undefined when it is gone. */
  async settled(kind: 'volume' | 'snapshot', id: string): Promise<Json | undefined> {
    for (const end = Date.now() + 60_000; ; ) {
      const { status, body } = await this.#look(`/${kind}s/${id}`);
      if (status === 404) return undefined;
      const object = body[kind];
      if (!passing.has(object.status)) return object;
      if (Date.now() > end)
        throw new Error(`${kind} ${id} is stuck in ${object.status}\n${this.diary.join('\n')}`);
      await sleep(20);
    }
  }

  /** Finds what a request made whose answer was lost, by its name. */
  async #outcome(kind: 'volume' | 'snapshot', name: string, answer: Answer | undefined): Promise<Json> {
    const id =
      answer === undefined
        ? (await this.#look(`/${kind}s?name=${name}`)).body[`${kind}s`][0]?.id
        : answer.body?.[kind]?.id;
    return id === undefined ? undefined : this.settled(kind, id);
  }

  async #create(source?: { readonly key: string; readonly kept: Kept }): Promise<void> {
    const { random } = this.#around;
    this.#made += 1;
    const name = `${this.#name}-${this.#made}`;
    const size = (source?.kept.size ?? GIB) + (source?.kept.size === GIB && random.chance(0.3) ? GIB : 0);
    const request = {
      name,
      size: size / GIB,
      ...(source !== undefined && { [source.key]: source.kept.id }),
    };
    const content = new Map(source?.kept.content);
    const made = await this.#outcome(
      'volume',
      name,
      await this.#ask('POST', '/volumes', { volume: request }),
    );
    if (made === undefined) return;
    if (made.status === 'available') this.volumes.set(made.id, { id: made.id, size, content });
    else await this.#erase('volume', made.id);
  }

  async #clone(volume: Kept): Promise<void> {
    const snapshots = [...this.snapshots.values()];
    if (snapshots.length > 0 && this.#around.random.chance(0.5))
      await this.#create({ key: 'snapshot_id', kept: this.#around.random.pick(snapshots) });
    else await this.#create({ key: 'source_volid', kept: volume });
  }

  async #snapshot(volume: Kept): Promise<void> {
    this.#made += 1;
    const name = `${this.#name}-s${this.#made}`;
    const body = { snapshot: { name, volume_id: volume.id } };
    const content = new Map(volume.content);
    const made = await this.#outcome('snapshot', name, await this.#ask('POST', '/snapshots', body));
    if (made === undefined) return;
    const kept = { id: made.id, size: volume.size, content, volumeId: volume.id };
    if (made.status === 'available') this.snapshots.set(made.id, kept);
    else await this.#erase('snapshot', made.id);
  }

  async #write(volume: Kept): Promise<void> {
    const path = fileOf(this.#around.directory, 'volume', volume.id);
    volume.content = await scribble(path, volume.content, this.#around.random);
  }

  async #extend(volume: Kept, inUse: boolean): Promise<void> {
    if (volume.size >= 2 * GIB) return;
    const size = volume.size + GIB;
    await this.#ask('POST', `/volumes/${volume.id}/action`, { 'os-extend': { new_size: size / GIB } });
    const after = await this.settled('volume', volume.id);
    if (after?.status === 'error_extending')
      // What failed while something was killed is asked for again, until it is done.
      return inUse ? undefined : this.#extend(volume, false);
    if (after === undefined) throw new Error(`volume ${volume.id} is gone\n${this.diary.join('\n')}`);
    volume.size = after.size * GIB;
  }

  async #attach(volume: Kept): Promise<void> {
    const { random } = this.#around;
    const connector = { initiator: `iqn.2020-01.example:${this.#name}`, host: this.#name, ip: '127.0.0.1' };
    const request = { attachment: { volume_uuid: volume.id, connector } };
    const asking = this.#ask('POST', '/attachments', request);
    // Another request for the same, and a deletion, while it is being attached: at most one attachment comes of it.
    if (random.chance(0.3)) await this.#ask('POST', '/attachments', request);
    if (random.chance(0.2)) await this.#ask('DELETE', `/volumes/${volume.id}`);
    const answer = await asking;
    if (answer?.status === 200 && random.chance(0.7)) {
      await this.#ask('POST', `/attachments/${answer.body.attachment.id}/action`, { 'os-complete': {} });
      if (random.chance(0.3)) await this.#extend(volume, true);
    }
    if (random.chance(0.85)) await this.#detach(volume);
    if ((await this.settled('volume', volume.id)) === undefined) this.volumes.delete(volume.id);
  }

  /** Deletes every attachment of the volume, again and again until there is none. */
  async #detach({ id }: Pick<Kept, 'id'>): Promise<void> {
    for (const end = Date.now() + 60_000; ; ) {
      const { body } = await this.#look(`/attachments?volume_id=${id}`);
      if (body.attachments.length === 0) return;
      if (Date.now() > end)
        throw new Error(
          `volume ${id} cannot be detached: ${JSON.stringify(body.attachments)}\n${this.diary.join('\n')}`,
        );
      const twice = this.#around.random.chance(0.3);
      for (const each of body.attachments) {
        const path = `/attachments/${each.id}`;
        await Promise.all([this.#ask('DELETE', path), twice ? this.#ask('DELETE', path) : undefined]);
      }
    }
  }

  async #delete(volume: Kept): Promise<void> {
    for (const each of [...this.snapshots.values()].filter(({ volumeId }) => volumeId === volume.id)) {
      await this.#erase('snapshot', each.id);
      this.snapshots.delete(each.id);
    }
    await this.#detach(volume);
    await this.#erase('volume', volume.id);
    this.volumes.delete(volume.id);
  }

  /** Deletes until it is gone. */
  async #erase(kind: 'volume' | 'snapshot', id: string): Promise<void> {
    for (const end = Date.now() + 60_000; ; ) {
      const object = await this.settled(kind, id);
      if (object === undefined) return;
      if (Date.now() > end)
        throw new Error(`${kind} ${id} is ${object.status} and not deletable\n${this.diary.join('\n')}`);
      await this.#ask('DELETE', `/${kind}s/${id}`);
    }
  }

  /** Says of every volume and snapshot what is not as it must be. */
  async differences(): Promise<string[]> {
    const found: string[] = [];
    for (const [kind, all] of [
      ['volume', this.volumes],
      ['snapshot', this.snapshots],
    ] as const) {
      for (const { id, content, size } of all.values()) {
        const object = await this.settled(kind, id);
        if (object === undefined) found.push(`${kind} ${id} is gone`);
        else found.push((await difference(fileOf(this.#around.directory, kind, id), content, size)) ?? '');
      }
    }
    return found.filter((each) => each !== '');
  }

  /** Takes everything away. */
  async leave(): Promise<void> {
    for (const volume of [...this.volumes.values()]) await this.#delete(volume);
  }
}
