import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { decodeHealthResponse, encodeHealthRequest, grpcStatusName, HEALTH_CHECK_PATH } from "./grpc-health.ts";

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}

test("the path is the method's full name", () => {
  expect(HEALTH_CHECK_PATH).toBe("/grpc.health.v1.Health/Check");
});

describe("a request", () => {
  test("about the server as a whole is an empty message", () => {
    expect(encodeHealthRequest("").toString("hex")).toBe("0000000000");
  });

  test("about a service names it in field 1", () => {
    // `shop.Carts`, as protoc encodes it: tag 1 with wire type 2, length, bytes.
    expect(encodeHealthRequest("shop.Carts")).toEqual(bytes("00 0000000c 0a 0a 73686f702e4361727473"));
    expect(encodeHealthRequest("é")).toEqual(bytes("00 00000004 0a 02 c3a9"));
  });

  test("of a long name has its length in two bytes", () => {
    const request = encodeHealthRequest("a".repeat(300));
    expect(request.subarray(0, 8)).toEqual(bytes("00 0000012f 0a ac02"));
    expect(request).toHaveLength(5 + 0x12f);
  });
});

describe("a response", () => {
  test.each([
    ["00 00000002 0801", "SERVING"],
    ["00 00000002 0802", "NOT_SERVING"],
    ["00 00000002 0803", "SERVICE_UNKNOWN"],
    ["00 00000002 0800", "UNKNOWN"],
    // proto3 does not write zero.
    ["00 00000000", "UNKNOWN"],
    ["00 00000002 0809", "serving status 9"],
    // The last one counts.
    ["00 00000004 0802 0801", "SERVING"],
    // Varints need not be as short as they could be.
    ["00 00000003 088100", "SERVING"],
    // Fields that a later version may add: varint, 8 bytes, a string, 4 bytes.
    ["00 00000015 1096 01 19 0102030405060708 22 02 6869 2d 01020304", "UNKNOWN"],
    ["00 00000006 22 02 6869 0801", "SERVING"],
  ])("%s is %s", (hex, name) => {
    expect(decodeHealthResponse(bytes(hex))).toBe(name);
  });

  test.each([
    ["", "the answer has no message"],
    ["00 0000", "the answer's message is cut off"],
    ["00 00000002 08", "the answer's message is cut off"],
    ["00 ffffffff 0801", "the answer's message is cut off"],
    ["00 00000002 0801 00 00000002 0801", "the answer has more than one message"],
    ["01 00000002 0801", "the answer's message is compressed, which was not asked for"],
    // A varint without end, one that is too long, a string beyond the message, a group, field 0.
    ["00 00000001 08", "the answer is not a HealthCheckResponse"],
    ["00 0000000c 08 ffffffffffffffffffff 01", "the answer is not a HealthCheckResponse"],
    ["00 00000003 22 05 68", "the answer is not a HealthCheckResponse"],
    ["00 00000001 0b", "the answer is not a HealthCheckResponse"],
    ["00 00000002 0001", "the answer is not a HealthCheckResponse"],
  ])("%s is refused: %s", (hex, words) => {
    expect(() => decodeHealthResponse(bytes(hex))).toThrow(words);
  });

  test("of any bytes is a status or an error in words, never anything else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (message) => {
        const frame = Buffer.alloc(5 + message.length);
        frame.writeUInt32BE(message.length, 1);
        frame.set(message, 5);
        try {
          expect(decodeHealthResponse(frame)).toMatch(/^([A-Z_]+|serving status \d+(e\+\d+)?)$/);
        } catch (error) {
          expect((error as Error).message).toBe("the answer is not a HealthCheckResponse");
        }
      }),
    );
  });
});

test("status codes have their names", () => {
  expect([0, 5, 12, 14, 16, 17].map(grpcStatusName)).toEqual([
    "OK",
    "NOT_FOUND",
    "UNIMPLEMENTED",
    "UNAVAILABLE",
    "UNAUTHENTICATED",
    "status 17",
  ]);
});
