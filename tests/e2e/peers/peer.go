// A device on Go's own TLS: logs in with its certificate, publishes twenty values with QoS 1.
// Arguments: port, chain, certificate, key.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"os"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func expect(conn io.Reader, want []byte) {
	got := make([]byte, len(want))
	_, err := io.ReadFull(conn, got)
	check(err)
	if !bytes.Equal(got, want) {
		check(fmt.Errorf("expected % x, got % x", want, got))
	}
}

func publish(number byte) []byte {
	topic, body := "v1/devices/me/telemetry", fmt.Sprintf("{peer:%d}", number)
	packet := []byte{0x32, byte(2 + len(topic) + 2 + len(body)), 0, byte(len(topic))}
	packet = append(packet, topic...)
	packet = append(packet, 0, number)
	return append(packet, body...)
}

func main() {
	chain, err := os.ReadFile(os.Args[2])
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(chain)
	own, err := tls.LoadX509KeyPair(os.Args[3], os.Args[4])
	check(err)
	conn, err := tls.Dial("tcp", "127.0.0.1:"+os.Args[1], &tls.Config{
		RootCAs: roots, ServerName: "localhost", Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS13,
	})
	check(err)
	_, err = conn.Write([]byte("\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02go"))
	check(err)
	expect(conn, []byte{0x20, 2, 0, 0})
	for number := byte(1); number <= 20; number++ {
		_, err = conn.Write(publish(number))
		check(err)
		expect(conn, []byte{0x40, 2, 0, number})
	}
	_, err = conn.Write([]byte{0xe0, 0})
	check(err)
	check(conn.Close())
}
