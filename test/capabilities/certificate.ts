/**
 * The certificate of a server on this machine, for `api.example.com`, with its key. It signs itself: only a process
 * that was told so trusts it.
 */
export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgrE55YEekPMq+zVkT
Vwr13vgGQRF9ev+lhJcfM1PMs/ahRANCAAQRFJPcnBB9+YeEy6/U6dJn5EbHKc7u
cYt/+LYA4pojrzZh6oKTPkByp/OPLekelCtZ7xzD3p3dxdthJUL+UFSn
-----END PRIVATE KEY-----
`;
export const cert = `-----BEGIN CERTIFICATE-----
MIIBhjCCASygAwIBAgIUIsfAXr3OkTQpGYGQGGTSgh457LAwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPYXBpLmV4YW1wbGUuY29tMCAXDTIwMDEwMTAwMDAwMFoYDzIx
MjAwMTAxMDAwMDAwWjAaMRgwFgYDVQQDDA9hcGkuZXhhbXBsZS5jb20wWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAAQRFJPcnBB9+YeEy6/U6dJn5EbHKc7ucYt/+LYA
4pojrzZh6oKTPkByp/OPLekelCtZ7xzD3p3dxdthJUL+UFSno04wTDAPBgNVHRMB
Af8EBTADAQH/MBoGA1UdEQQTMBGCD2FwaS5leGFtcGxlLmNvbTAdBgNVHQ4EFgQU
7uCRx/1baKXkN6YcGvc1lJAah5owCgYIKoZIzj0EAwIDSAAwRQIgHG234qA3MqWX
+8JxUWl3rgnTDpjnTYv0Eu00DJle52kCIQCKePfD+5nkUTBCfGOVbGbJzxY1efqb
eR1VbIC1MrrOjg==
-----END CERTIFICATE-----
`;
