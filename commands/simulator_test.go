package commands_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"whoseline/commands"
	"whoseline/providers/simulator"
)

func TestTheSimulatorPrintsItsCredentialsAndServesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	code := make(chan int, 1)
	go func() {
		args := []string{"whoseline", "upstream-sim", "--addr", "127.0.0.1:0", "--json"}
		code <- commands.Main(ctx, args, commands.IO{In: http.NoBody, Out: in, Err: io.Discard})
		_ = in.Close()
	}()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Addr    string
		Vendors map[string]simulator.Credentials
	}
	if err := json.Unmarshal(line, &said); err != nil {
		t.Fatal(err)
	}
	prembly := said.Vendors["prembly"]
	if len(said.Vendors) != 13 || prembly.Base != "http://"+said.Addr+"/prembly" || prembly.Secret == "" || said.Vendors["camara"].PrivateKey == "" {
		t.Errorf("%s", line)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, prembly.Base+"/api/v1/wallet", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("x-api-key", prembly.Secret)
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Error(resp.Status)
	}
	stop()
	if got := <-code; got != 0 {
		t.Errorf("exit code %d", got)
	}
}
