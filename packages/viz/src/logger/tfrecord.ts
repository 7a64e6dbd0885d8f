import { concat } from './protobuf.ts';

/**
 * The remainder of each byte in the cyclic redundancy check of Castagnoli's polynomial, 0x1EDC6F41, whose bits are
 * reversed here because the check takes the lowest bit first (RFC 3720, section 12.1).
 */
const remainders = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0x82f63b78 : 0);
  return remainder;
});

/** CRC-32C of some bytes. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (remainders[(crc ^ byte) & 0xff] as number);
  return ~crc >>> 0;
}

/** A CRC of bytes that may hold CRCs themselves: turned by 15 bits and moved on, as TensorFlow's records have it. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/**
 * A record of a TFRecord file: the length (uint64), its masked CRC, the data, its masked CRC; all little-endian.
 * https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
 */
export function record(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new DataView(new ArrayBuffer(12));
  head.setUint32(0, data.length, true); // The upper half of the length is 0: nothing here has 4 GiB.
  head.setUint32(8, maskedCrc(new Uint8Array(head.buffer, 0, 8)), true);
  const tail = new DataView(new ArrayBuffer(4));
  tail.setUint32(0, maskedCrc(data), true);
  return concat([new Uint8Array(head.buffer), data, new Uint8Array(tail.buffer)]);
}
