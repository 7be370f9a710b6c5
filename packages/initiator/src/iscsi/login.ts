import { randomBytes } from 'node:crypto';
import { CHAP_MD5, type ChapCredentials, chapResponse } from './chap.ts';
import type { IscsiConnection } from './connection.ts';
import { IscsiError, loginRefused } from './errors.ts';
import { BHS_LENGTH, decodeText, encodeText, MAX_DATA_SEGMENT, opcode, opcodeOf, type Pdu } from './pdu.ts';

/** Who logs in to what. */
export interface LoginParams {
  readonly initiatorName: string;
  readonly targetName: string;
  /** Null: offer no authentication at all. */
  readonly chap: ChapCredentials | null;
}

/** Sequence numbers that the full-feature phase goes on with. */
export interface LoginResult {
  readonly cmdSn: number;
  readonly expStatSn: number;
}

const STAGE = { security: 0, operational: 1, fullFeature: 3 } as const;
const TRANSIT = 0x80;
const CONTINUE = 0x40;

const operationalKeys = {
  HeaderDigest: 'None',
  DataDigest: 'None',
  MaxRecvDataSegmentLength: String(MAX_DATA_SEGMENT),
  DefaultTime2Wait: '0',
  DefaultTime2Retain: '0',
  InitialR2T: 'Yes',
  ImmediateData: 'No',
  MaxBurstLength: String(MAX_DATA_SEGMENT),
  FirstBurstLength: String(MAX_DATA_SEGMENT),
  MaxOutstandingR2T: '1',
  MaxConnections: '1',
  ErrorRecoveryLevel: '0',
};

/**
 * Logs in: security negotiation (CHAP with MD5, or none), then operational negotiation (RFC 7143 §6.3, §12).
 *
 * With credentials only CHAP is offered, so a target that would let anybody in is noticed when it answers otherwise.
 *
 * @throws IscsiError AUTHENTICATION, FORBIDDEN, TARGET_NOT_FOUND, LOGIN, PROTOCOL
 */
export async function login(connection: IscsiConnection, params: LoginParams): Promise<LoginResult> {
  // A random ISID makes this a session of its own beside any other of the same initiator (RFC 7143 §11.12.5).
  const exchange = new LoginExchange(
    connection,
    Buffer.concat([Buffer.from([0x80]), randomBytes(5)]),
    params.targetName,
  );
  const first = await exchange.request(STAGE.security, params.chap === null ? STAGE.operational : null, {
    InitiatorName: params.initiatorName,
    SessionType: 'Normal',
    TargetName: params.targetName,
    AuthMethod: params.chap === null ? 'None' : 'CHAP',
  });
  if (params.chap !== null) await authenticate(exchange, params.chap, first.get('AuthMethod'));
  else if (exchange.stage !== STAGE.operational) {
    throw new IscsiError('AUTHENTICATION', `target ${params.targetName} asks for authentication`);
  }
  let offered: Readonly<Record<string, string>> = operationalKeys;
  for (let round = 0; exchange.stage !== STAGE.fullFeature; round += 1) {
    if (round > 8) throw new IscsiError('PROTOCOL', 'the login negotiation does not come to an end');
    await exchange.request(STAGE.operational, STAGE.fullFeature, offered);
    offered = {};
  }
  return { cmdSn: 1, expStatSn: exchange.expStatSn };
}

async function authenticate(
  exchange: LoginExchange,
  chap: ChapCredentials,
  method: string | undefined,
): Promise<void> {
  if (method !== 'CHAP') {
    throw new IscsiError(
      'AUTHENTICATION',
      `the target does not use CHAP (it answered ${method ?? 'nothing'})`,
    );
  }
  const challenge = await exchange.request(STAGE.security, null, { CHAP_A: CHAP_MD5 });
  if (challenge.get('CHAP_A') !== CHAP_MD5) {
    throw new IscsiError('AUTHENTICATION', 'the target does not offer CHAP with MD5');
  }
  await exchange.request(STAGE.security, STAGE.operational, {
    CHAP_N: chap.username,
    CHAP_R: chapResponse(challenge.get('CHAP_I') ?? '', challenge.get('CHAP_C') ?? '', chap.secret),
  });
  if (exchange.stage === STAGE.security) {
    throw new IscsiError('AUTHENTICATION', 'the target did not accept the CHAP response');
  }
}

class LoginExchange {
  stage: number = STAGE.security;
  expStatSn = 0;
  readonly #connection: IscsiConnection;
  readonly #isid: Buffer;
  readonly #target: string;

  constructor(connection: IscsiConnection, isid: Buffer, target: string) {
    this.#connection = connection;
    this.#isid = isid;
    this.#target = target;
  }

  /** One login request and its response. `next` is the stage asked for, null to stay. */
  async request(
    stage: number,
    next: number | null,
    keys: Readonly<Record<string, string>>,
  ): Promise<ReadonlyMap<string, string>> {
    this.#connection.send(this.#header(stage, next), encodeText(keys));
    let response = await this.#response();
    const parts = [response.data];
    while ((response.header.readUInt8(1) & CONTINUE) !== 0) {
      this.#connection.send(this.#header(stage, null));
      response = await this.#response();
      parts.push(response.data);
    }
    const flags = response.header.readUInt8(1);
    if ((flags & TRANSIT) !== 0) this.stage = flags & 0x03;
    return decodeText(Buffer.concat(parts));
  }

  #header(stage: number, next: number | null): Buffer {
    const header = Buffer.alloc(BHS_LENGTH);
    header.writeUInt8(opcode.login | 0x40, 0);
    header.writeUInt8((next === null ? 0 : TRANSIT | next) | (stage << 2), 1);
    this.#isid.copy(header, 8);
    header.writeUInt32BE(1, 24);
    header.writeUInt32BE(this.expStatSn, 28);
    return header;
  }

  async #response(): Promise<Pdu> {
    const pdu = await this.#connection.receive();
    if (opcodeOf(pdu) !== opcode.loginResponse) {
      throw new IscsiError('PROTOCOL', `expected a login response, got opcode ${opcodeOf(pdu)}`);
    }
    const status = pdu.header.readUInt16BE(36);
    if (status !== 0) throw loginRefused(status, this.#target);
    this.expStatSn = (pdu.header.readUInt32BE(24) + 1) >>> 0;
    return pdu;
  }
}
