// Command zitadelgo makes calls with ZITADEL's own Go client and tells what came of them. It stands in a module of its
// own because a program can hold the messages of the client, or ours, but not both.
//
//	zitadelgo HOST PORT TOKEN < calls > answers
//
// A call is a line such as {"call":"VerifyMyPhone","arg":"123456"}. An answer is one too: see answer.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/zitadel/zitadel-go/v3/pkg/client"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/auth"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/message"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	"github.com/zitadel/zitadel-go/v3/pkg/zitadel"
	"google.golang.org/grpc/status"
)

// answer is what a call gave: code 0 and what the details say, or an error as the client understood it.
type answer struct {
	Code     int    `json:"code"`
	Message  string `json:"message"`
	ID       string `json:"id"`
	Sequence uint64 `json:"sequence"`
	Owner    string `json:"owner"`
	Phone    string `json:"phone"`
	Verified bool   `json:"verified"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "zitadelgo:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	at := zitadel.New(os.Args[1], zitadel.WithInsecure(os.Args[2]))
	c, err := client.New(ctx, at, client.WithAuth(client.PAT(os.Args[3])))
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var asked struct{ Call, Arg string }
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			return err
		}
		said, err := call(ctx, c.AuthService(), asked.Call, asked.Arg)
		if err != nil {
			said = failure(err)
		}
		if err := out.Encode(said); err != nil {
			return err
		}
	}
	return nil
}

func call(ctx context.Context, service auth.AuthServiceClient, name, arg string) (answer, error) {
	switch name {
	case "GetMyPhone":
		r, err := service.GetMyPhone(ctx, &auth.GetMyPhoneRequest{})
		a := details(r.GetDetails())
		a.Phone, a.Verified = r.GetPhone().GetPhone(), r.GetPhone().GetIsPhoneVerified()
		return a, err
	case "SetMyPhone":
		r, err := service.SetMyPhone(ctx, &auth.SetMyPhoneRequest{Phone: arg})
		return details(r.GetDetails()), err
	case "VerifyMyPhone":
		r, err := service.VerifyMyPhone(ctx, &auth.VerifyMyPhoneRequest{Code: arg})
		return details(r.GetDetails()), err
	case "ResendMyPhoneVerification":
		r, err := service.ResendMyPhoneVerification(ctx, &auth.ResendMyPhoneVerificationRequest{})
		return details(r.GetDetails()), err
	case "RemoveMyPhone":
		r, err := service.RemoveMyPhone(ctx, &auth.RemoveMyPhoneRequest{})
		return details(r.GetDetails()), err
	}
	return answer{}, fmt.Errorf("unknown call %q", name)
}

func details(d *object.ObjectDetails) answer {
	return answer{Sequence: d.GetSequence(), Owner: d.GetResourceOwner()}
}

func failure(err error) answer {
	st := status.Convert(err)
	a := answer{Code: int(st.Code()), Message: st.Message()}
	for _, d := range st.Details() {
		if detail, is := d.(*message.ErrorDetail); is {
			a.ID = detail.GetId()
		}
	}
	return a
}
