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
    text: 'To_Account is missing, or is no list of strings',
  },
  tooManyAccounts: {
    code: 90011,
    tencent: 'ERR_SVR_MSG_TO_ACCOUNT_COUNT_LIMIT',
    text: 'the call names too many accounts',
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
