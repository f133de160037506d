/** Slots of a Cluster. */
export const slotCount = 16_384;

/** Of CRC-16/XMODEM (polynomial 0x1021), as the Cluster specification wants it. */
const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc & 0xffff;
});

/** The slot of a key of one-byte characters: of what stands between its first braces, if anything does, else of all of it. */
export function slotOf(key: string): number {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open + 1);
  const isTagged = close > open + 1;
  const end = isTagged ? close : key.length;
  let crc = 0;
  for (let i = isTagged ? open + 1 : 0; i < end; i += 1) {
    crc = ((crc << 8) ^ (table[((crc >> 8) ^ key.charCodeAt(i)) & 0xff] ?? 0)) & 0xffff;
  }
  return crc % slotCount;
}
