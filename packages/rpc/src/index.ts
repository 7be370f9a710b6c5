export {
  CallCancelledError,
  type CallOutcome,
  ConnectionLostError,
  DeadlineExceededError,
  MessageTooLargeError,
  OutboxFullError,
  ProtocolViolationError,
  RpcError,
  RpcResponseError,
  rpcCodes,
  type Violation,
} from './errors.ts';
export { openInheritedSocket } from './fdStream.ts';
export type { RequestContext } from './incomingCall.ts';
export { LineSplitter } from './lineSplitter.ts';
export type { RpcId } from './message.ts';
export { type CallOptions, type CloseReason, defaultMaxLineBytes, type RpcPeerOptions } from './options.ts';
export { RpcPeer } from './peer.ts';
