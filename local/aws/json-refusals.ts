/** How the JSON services turn a request away. SSM and Secrets Manager answer 400 to all of it, the REST ones 403 and 429. */
import type { Service } from './service.ts';

export const JSON11_REFUSALS: Service['refusals'] = {
  unknownKey: { code: 'UnrecognizedClientException', status: 400 },
  badSignature: { code: 'InvalidSignatureException', status: 400 },
  skewed: { code: 'InvalidSignatureException', status: 400 },
  accessDenied: { code: 'AccessDeniedException', status: 400 },
  throttled: { code: 'ThrottlingException', status: 400 },
};

export const REST_JSON_REFUSALS: Service['refusals'] = {
  unknownKey: { code: 'UnrecognizedClientException', status: 403 },
  badSignature: { code: 'InvalidSignatureException', status: 403 },
  skewed: { code: 'InvalidSignatureException', status: 403 },
  accessDenied: { code: 'AccessDeniedException', status: 403 },
  throttled: { code: 'TooManyRequestsException', status: 429 },
};
