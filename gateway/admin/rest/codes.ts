import type { AnswerCodeName } from '../../../protocol/codes.ts';

interface RestCode {
  readonly code: number;
  /** Tencent's symbol for the number. */
  readonly tencent: string;
  readonly text: string;
}

/**
 * What a REST call is refused with, beside the codes of tickets (`answerCodes`). Numbers and meanings are Tencent
 * Chat's.
 */
export const restCodes = {
  badUrl: {
    code: 60002,
    tencent: 'ERR_SVR_COMM_INVALID_HTTP_URL',
    text: 'the query of the URL has a parameter twice, or a contenttype other than json',
  },
  bodyNotJson: {
    code: 60003,
    tencent: 'ERR_SVR_COMM_REQ_JSON_PARSE_FAILED',
    text: 'the body is no JSON in UTF-8; the least is {}',
  },
  badAccount: {
    code: 60004,
    tencent: 'ERR_SVR_COMM_INVALID_ACCOUNT',
    text: 'the identifier in the URL is missing or is no UserID',
  },
  badApp: {
    code: 60006,
    tencent: 'ERR_SVR_COMM_INVALID_SDKAPPID',
    text: 'this gateway serves no such sdkappid',
  },
  tooFrequent: {
    code: 60007,
    tencent: 'ERR_SVR_COMM_REST_FREQ_LIMIT',
    text: 'too many calls of this command in a second: slow down',
  },
  badRequest: {
    code: 60008,
    tencent: 'ERR_SVR_COMM_REQUEST_TIMEOUT',
    text: 'REST is called with POST',
  },
  noSuchCommand: {
    code: 60009,
    tencent: 'ERR_SVR_COMM_INVALID_RES',
    text: 'there is no such service and command',
  },
  notAdmin: {
    code: 60010,
    tencent: 'ERR_SVR_COMM_ID_NOT_ADMIN',
    text: 'the identifier is no admin of the app',
  },
  tooFrequentApp: {
    code: 60011,
    tencent: 'ERR_SVR_COMM_SDKAPPID_FREQ_LIMIT',
    text: 'too many calls of this app in a second: slow down',
  },
  appMissing: {
    code: 60012,
    tencent: 'ERR_SVR_COMM_SDKAPPID_MISS',
    text: 'the sdkappid is missing in the URL',
  },
  profileTooLong: {
    code: 40601,
    tencent: 'ERR_SVR_PROFILE_SIZE_LIMIT',
    text: 'a field of the profile is longer than 500 bytes',
  },
  badIdFormat: {
    code: 60015,
    tencent: 'ERR_SVR_COMM_INVALID_ID_FORMAT',
    text: 'a UserID is a string',
  },
  noSuchUser: {
    code: 70107,
    tencent: 'ERR_SVR_ACCOUNT_NOT_FOUND',
    text: 'this user has no account: nobody has logged in as this user, and nobody has imported it',
  },
  registryAway: {
    code: 70169,
    tencent: 'ERR_SVR_ACCOUNT_INTERNAL_TIMEOUT',
    text: 'the session registry did not answer: try again; what was asked may have been done',
  },
  invalidParameters: {
    code: 70402,
    tencent: 'ERR_SVR_ACCOUNT_INVALID_PARAMETERS',
    text: 'a field of the body is missing or has the wrong shape',
  },
  internalError: {
    code: 70500,
    tencent: 'ERR_SVR_ACCOUNT_INTERNAL_ERROR',
    text: 'the gateway failed at this call',
  },
  bodyTooLong: {
    code: 80002,
    tencent: 'ERR_SVR_COMM_BODY_SIZE_LIMIT',
    text: 'the body is too long for this command',
  },
  badBody: {
    code: 90001,
    tencent: 'ERR_SVR_MSG_JSON_PARSE_FAILED',
    text: 'a field of the body is missing, empty or has the wrong shape',
  },
  badAccountList: {
    code: 90003,
    tencent: 'ERR_SVR_MSG_INVALID_TO_ACCOUNT',
    text: 'To_Account is missing, or is no string (query_online_status: no list of strings)',
  },
  badMessage: {
    code: 90002,
    tencent: 'ERR_SVR_MSG_INVALID_JSON_BODY_FORMAT',
    text: 'MsgBody is empty, or one in it is no {"MsgType":"...","MsgContent":{...}}',
  },
  badRandom: {
    code: 90005,
    tencent: 'ERR_SVR_MSG_INVALID_RAND',
    text: 'MsgRandom is missing, or is no whole number from 0 to 4294967295',
  },
  badTimestamp: {
    code: 90006,
    tencent: 'ERR_SVR_MSG_INVALID_TIMESTAMP',
    text: 'MsgTimeStamp is no whole number of seconds',
  },
  messageNoList: {
    code: 90007,
    tencent: 'ERR_SVR_MSG_BODY_NOT_ARRAY',
    text: 'MsgBody is missing, or is no list',
  },
  tooManyAccounts: {
    code: 90011,
    tencent: 'ERR_SVR_MSG_TO_ACCOUNT_COUNT_LIMIT',
    text: 'the call names too many accounts',
  },
  noSuchReceiver: {
    code: 90012,
    tencent: 'ERR_SVR_MSG_TO_ACCOUNT_NOT_FOUND',
    text: 'To_Account has no account: nobody has logged in as this user, and nobody has imported it',
  },
  pushTooSoon: {
    code: 90024,
    tencent: 'pushes are too frequent',
    text: 'pushes to everybody of an app are a second apart at least',
  },
  nothingKept: {
    code: 90026,
    tencent: 'ERR_SVR_MSG_TIME_LIMIT',
    text: 'messages are not stored here: MsgLifeTime must be 0, for delivery to who is online',
  },
  badSyncWish: {
    code: 90031,
    tencent: 'ERR_SVR_MSG_INVALID_SYNCOTHERMACHINE',
    text: 'SyncOtherMachine is neither 1 nor 2',
  },
  badLifeTime: {
    code: 90044,
    tencent: 'ERR_SVR_MSG_INVALID_MSGLIFETIME',
    text: 'MsgLifeTime is no whole number of seconds',
  },
  noConditions: {
    code: 90045,
    tencent: 'the feature is not enabled',
    text: 'a Condition cannot be met here: users have no tags and attributes',
  },
  pushQuota: {
    code: 90047,
    tencent: 'the daily quota is exceeded',
    text: 'an app may push to everybody 100 times a day',
  },
  messageTooLong: {
    code: 93000,
    tencent: 'ERR_SVR_MSG_BODY_SIZE_LIMIT',
    text: 'the message is longer than 12,288 bytes, or than 15,360 as JSON in a string',
  },
  messageServiceFailed: {
    code: 91000,
    tencent: 'ERR_SVR_MSG_INTERNAL_ERROR4',
    text: 'the gateway failed at this call',
  },
} as const satisfies Record<string, RestCode>;

/** The answer codes with which the ticket in the URL is refused. */
export const ticketCodes = [
  'ticketExpired',
  'ticketEmpty',
  'ticketMalformed',
  'ticketFieldsInvalid',
  'ticketForged',
  'ticketUserMismatch',
  'ticketAppMismatch',
  'appKeyNotFound',
  'ticketInvalid',
] as const satisfies readonly AnswerCodeName[];

/** The name of a REST code, as in the table. */
export type RestCodeName = keyof typeof restCodes;

/** Whether `text` is the name of a REST code. */
export function isRestCodeName(text: string): text is RestCodeName {
  return Object.hasOwn(restCodes, text);
}
