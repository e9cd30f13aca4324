/** A URL that leads where nobody may be sent, in one of the ways in which that is written. `%P` is the port at which the trap listens. */
export interface Form {
  what: string;
  url: string;
}

const HOSTS: Record<string, string[]> = {
  loopback: ['127.0.0.1', '127.127.127.127', '127.0.0.3', '0.0.0.0', '[::1]', '[::]'],
  'loopback in a short form': ['127.1', '127.0.1', '0', '[0:0:0:0:0:0:0:1]', '[0000::1]'],
  'loopback as a decimal number': ['2130706433'],
  'loopback in hexadecimal': ['0x7f000001', '0x7f.1', '0X7F.0x0.0x0.0x1'],
  'loopback in octal': ['0177.0.0.1', '017700000001', '0177.1'],
  'loopback in a mixture': ['0x7f.0.0.01', '127.0x0.1'],
  'a final dot': ['127.0.0.1.', '0x7f.1.', 'localhost.'],
  escaped: ['127%2e0%2e0%2e1', '%31%32%37.0.0.1', 'loc%61lhost'],
  'full-width and enclosed digits': ['１２７.０.０.１', '①②⑦.⓪.⓪.①', '１２７。０。０。１', '127｡0｡0｡1'],
  'full-width letters': ['ｌｏｃａｌｈｏｓｔ', 'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ'],
  'IPv4 within IPv6': ['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:127.0.0.1]', '[::127.0.0.1]'],
  'NAT64, 6to4 and Teredo': ['[64:ff9b::127.0.0.1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2001:0:7f00:1::]'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.254', '192.168.0.1', '3232235521', '[fd00::1]', '[fc00::1]'],
  'shared, benchmark and reserved': ['100.64.0.1', '198.18.0.1', '192.0.2.1', '240.0.0.1', '255.255.255.255'],
  'link-local and multicast': ['169.254.0.1', '224.0.0.1', '[fe80::1]', '[ff02::1]', '[fec0::1]'],
  metadata: ['169.254.169.254', '2852039166', '0xa9fea9fe', '[fd00:ec2::254]', '100.100.100.200', '192.0.0.192'],
  'metadata at a public address': ['168.63.129.16'],
  'a name of our own network': [
    'localhost',
    'app.localhost',
    'metadata.google.internal',
    'instance-data',
    'postgres',
    'printer.local',
  ],
  'a name that leads inside': [
    'loopback',
    'loopback-v6',
    'mapped',
    'nat64',
    '6to4',
    'private',
    'shared',
    'unique-local',
  ].map(inZone),
  'a name that leads to metadata': ['link-local', 'metadata', 'unspecified'].map(inZone),
  'a name of two addresses': ['mixed', 'mixed-later', 'mixed-exempt'].map(inZone),
};

function inZone(name: string): string {
  return `${name}.example`;
}

/** Each of these is in the way of a reader of its own. */
const WHOLE: Record<string, string[]> = {
  credentials: [
    'https://user:pw@127.0.0.1:%P/',
    'https://partner.example@127.0.0.1:%P/',
    'https://user@partner.example:%P/',
  ],
  'a sign that ends the host for some': [
    'https://127.0.0.1:%P\\@partner.example/',
    'https://127.0.0.1:%P#@partner.example/',
    'https://127.0.0.1:%P?@partner.example/',
  ],
  'slashes the other way': ['https:\\\\127.0.0.1:%P\\', 'https:/127.0.0.1:%P', 'https:127.0.0.1:%P'],
  'plain http': ['http://127.0.0.1:%P/', 'http://loopback.example:%P/', 'http://93.184.216.34:%P/'],
  'another scheme': [
    'file:///etc/passwd',
    'gopher://127.0.0.1:%P/_x',
    'ftp://127.0.0.1:%P/',
    'dict://127.0.0.1:%P/',
    'data:application/json,{}',
    'unix:/var/run/docker.sock',
  ],
  'a port of something else': ['https://93.184.216.34:22/', 'https://93.184.216.34:25/', 'https://nowhere.example:22/'],
  'a name that changes': ['http://rebinding.example:%P/', 'http://rebinding-late.example:%P/'],
};

export const forms: readonly Form[] = [
  ...Object.entries(HOSTS).flatMap(([what, hosts]) => hosts.map((host) => ({ what, url: `https://${host}:%P/` }))),
  ...Object.entries(WHOLE).flatMap(([what, urls]) => urls.map((url) => ({ what, url }))),
];

/** Of these only the resolver knows where they lead: they are registered, and refused when they are called. */
export const isName = ({ what }: Form): boolean => /^a name (?:that leads|of two)/.test(what);
/** And of these it says something else each time. */
export const isChanging = ({ what }: Form): boolean => what === 'a name that changes';
