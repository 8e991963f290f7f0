import { faultNumber } from "../fault/faults.ts";

/**
 * The faults of this codec as its parsers return them: negative, so that one integer tells a position (> 0),
 * "more bytes are needed" (0) and a fault (< 0) apart. `faultOf(-result)` gives the code.
 */
export const REQUEST_LINE_MALFORMED: number = -faultNumber("request-line-malformed");
export const METHOD_INVALID: number = -faultNumber("method-invalid");
export const TARGET_INVALID: number = -faultNumber("target-invalid");
export const TARGET_AMBIGUOUS: number = -faultNumber("target-ambiguous");
export const TARGET_ESCAPED_SLASH: number = -faultNumber("target-escaped-slash");
export const TARGET_TOO_LONG: number = -faultNumber("target-too-long");
export const VERSION_MALFORMED: number = -faultNumber("version-malformed");
export const VERSION_UNSUPPORTED: number = -faultNumber("version-unsupported");
export const LINE_ENDING_INVALID: number = -faultNumber("line-ending-invalid");
export const FIELD_NAME_INVALID: number = -faultNumber("field-name-invalid");
export const FIELD_NAME_SPACE: number = -faultNumber("field-name-space");
export const FIELD_VALUE_INVALID: number = -faultNumber("field-value-invalid");
export const FIELD_FOLDED: number = -faultNumber("field-folded");
export const FIELD_OF_CONNECTION: number = -faultNumber("field-of-connection");
export const FIELD_TOO_LONG: number = -faultNumber("field-too-long");
export const FIELDS_TOO_MANY: number = -faultNumber("fields-too-many");
export const HEAD_TOO_LARGE: number = -faultNumber("head-too-large");
export const HOST_MISSING: number = -faultNumber("host-missing");
export const HOST_REPEATED: number = -faultNumber("host-repeated");
export const HOST_INVALID: number = -faultNumber("host-invalid");
export const CONTENT_LENGTH_INVALID: number = -faultNumber("content-length-invalid");
export const CONTENT_LENGTH_REPEATED: number = -faultNumber("content-length-repeated");
export const TRANSFER_ENCODING_WITH_LENGTH: number = -faultNumber("transfer-encoding-with-length");
export const TRANSFER_ENCODING_UNKNOWN: number = -faultNumber("transfer-encoding-unknown");
export const TRANSFER_ENCODING_INVALID: number = -faultNumber("transfer-encoding-invalid");
export const TRANSFER_ENCODING_HTTP10: number = -faultNumber("transfer-encoding-http10");
export const EXPECTATION_UNKNOWN: number = -faultNumber("expectation-unknown");
export const CHUNK_MALFORMED: number = -faultNumber("chunk-malformed");
export const TRAILER_MALFORMED: number = -faultNumber("trailer-malformed");
export const TRAILERS_TOO_LARGE: number = -faultNumber("trailers-too-large");
export const RESPONSE_MALFORMED: number = -faultNumber("response-malformed");
export const RESPONSE_TOO_LARGE: number = -faultNumber("response-too-large");

/** The result of a parser that needs more bytes. */
export const INCOMPLETE = 0;
