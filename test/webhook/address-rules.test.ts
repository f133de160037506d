import { describe, expect, it } from 'vitest';
import { AddressRules, isAddressRange } from '../../gateway/webhook/address-rules.ts';

describe('addresses that may be called', () => {
  const rules = new AddressRules([]);

  it.each([
    ['8.8.8.8', true],
    ['100.63.255.255', true],
    ['172.32.0.1', true],
    ['2606:4700::1111', true],
    ['::ffff:8.8.8.8', true],
    ['127.0.0.1', false],
    ['127.255.0.1', false],
    ['10.0.0.1', false],
    ['172.16.0.1', false],
    ['192.168.1.1', false],
    ['100.64.0.1', false],
    ['169.254.169.254', false],
    ['0.0.0.0', false],
    ['224.0.0.1', false],
    ['255.255.255.255', false],
    ['::', false],
    ['::1', false],
    ['::ffff:127.0.0.1', false],
    ['::ffff:a9fe:a9fe', false],
    ['::127.0.0.1', false],
    ['64:ff9b::7f00:1', false],
    ['2002:7f00:1::', false],
    ['fe80::1', false],
    ['fc00::1', false],
    ['fd12:3456::1', false],
    ['ff02::1', false],
    ['no address', false],
  ])('%s: %s', (address, isAllowed) => {
    expect(rules.allows(address)).toBe(isAllowed);
  });

  it.each([
    ['http://127.0.0.1/', false],
    ['http://2130706433/', false],
    ['http://0177.0.0.1/', false],
    ['http://0x7f.1/', false],
    ['http://[::1]/', false],
    ['http://[::ffff:127.0.0.1]/', false],
    ['http://localhost/', false],
    ['http://api.LOCALHOST./', false],
    ['http://localhost.example/', true],
    ['https://1.1.1.1/', true],
  ])('are told from a URL however it is spelt: %s', (url, isAllowed) => {
    expect(rules.mayCall(new URL(url))).toBe(isAllowed);
  });

  it('are more where an operator has named some', () => {
    const wider = new AddressRules(['10.1.0.0/16', '127.0.0.1', 'fd00::/8']);
    expect(wider.allows('10.1.2.3')).toBe(true);
    expect(wider.allows('::ffff:10.1.2.3')).toBe(true);
    expect(wider.allows('10.2.0.1')).toBe(false);
    expect(wider.mayCall(new URL('http://localhost:1/'))).toBe(true);
    expect(wider.allows('127.0.0.2')).toBe(false);
    expect(wider.allows('fd12::1')).toBe(true);
  });

  it.each([
    ['10.0.0.0/8', true],
    ['10.0.0.1', true],
    ['::1/128', true],
    ['10.0.0.0/33', false],
    ['::/129', false],
    ['10.0.0.0/8/8', false],
    ['10.0.0.0/', false],
    ['example.com', false],
  ])('are named as addresses or ranges: %s', (text, isOne) => {
    expect(isAddressRange(text)).toBe(isOne);
  });
});
