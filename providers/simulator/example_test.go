package simulator_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"whoseline/providers/simulator"
)

// A test of the gateway runs the simulator in its own process.
func Example() {
	sim := simulator.New(simulator.Options{})
	server := httptest.NewServer(sim)
	defer server.Close()
	dojah := sim.Credentials(server.URL)["dojah"]

	req, _ := http.NewRequest(http.MethodGet, dojah.Base+"/api/v1/kyc/phone_number/basic?phone_number=08031234501", http.NoBody)
	req.Header.Set("AppId", dojah.AppID)
	req.Header.Set("Authorization", dojah.Secret)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.StatusCode, string(body))
	fmt.Printf("%+v\n", sim.Count("dojah", "+2348031234501"))
	http.DefaultClient.CloseIdleConnections()
	// Output:
	// 404 {"error":"Result Not Found"}
	// {Hits:1 Billed:0 Replays:0}
}
