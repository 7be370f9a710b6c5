export { createInitiator, type InitiatorOptions } from './createInitiator.ts';
export { FibreChannelConnector, type FibreChannelOptions } from './fibrechannel/connector.ts';
export { ownPorts } from './fibrechannel/ownPorts.ts';
export type { ChapCredentials } from './iscsi/chap.ts';
export { IscsiError, type IscsiErrorCode } from './iscsi/errors.ts';
export { type LunFacts, readCapacity, readLunFacts, readSerial, reportLuns } from './iscsi/inquiry.ts';
export type { LoginParams } from './iscsi/login.ts';
export { type LoginOutcome, loginOutcome } from './iscsi/loginOutcome.ts';
export { type Portal, parsePortal } from './iscsi/portal.ts';
export { IscsiSession } from './iscsi/session.ts';
export {
  hasKernelIscsi,
  type IscsiInitiatorChoice,
  type IscsiInitiatorName,
  iscsiInitiator,
} from './iscsiInitiator.ts';
export { LocalConnector } from './local/connector.ts';
export * from './model.ts';
export { OpenIscsiConnector, type OpenIscsiOptions } from './openiscsi/connector.ts';
export { UserlandConnector, type UserlandOptions } from './userland/connector.ts';
