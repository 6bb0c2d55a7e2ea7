package edge

import (
	"errors"
	"io"
	"time"

	"whoseline/models"
)

// Incoming is a request before its body is read.
type Incoming struct {
	Refused *models.Error // the request must be refused with this, whatever it asks for
	Length  int64         // of the body; -1 = not told

	bounds *Bounds
	body   io.Reader
	data   []byte
	held   int64
	asked  bool // somebody wanted to read the body
	err    error
	inside bool // counted among the requests in flight
}

// NewIncoming is a request whose body does not come from a Conn. A body that is shorter than announced must end with an
// error.
func (b *Bounds) NewIncoming(body io.Reader, length int64) *Incoming {
	return &Incoming{bounds: b, body: body, Length: length}
}

// Enter counts the request among those in flight, or refuses it. Leave must follow in either case.
func (r *Incoming) Enter() {
	if r.Refused != nil {
		return
	}
	if body := r.bounds.Body; body > 0 && r.Length > int64(body) {
		r.bounds.BodySize.Refuse()
		r.Refused = models.Fail(models.TooLarge, "")
		return
	}
	if r.inside = r.bounds.InFlight.Take(1); !r.inside {
		r.Refused = errBusy()
	}
}

// Leave gives back all that the request used. Its body is not there any more.
func (r *Incoming) Leave() {
	r.bounds.Bodies.Give(r.held)
	r.held = 0
	if r.inside {
		r.bounds.InFlight.Give(1)
		r.inside = false
	}
}

// errBusy refuses what has no room now.
func errBusy() *models.Error {
	return &models.Error{Code: models.Busy, Message: "the gateway is busy", RetryAfter: time.Second}
}

var (
	errHeaders    = models.Fail(models.HeadersTooLarge, "the headers exceed the limit")
	errIncomplete = models.Fail(models.Invalid, "the request did not arrive completely")
)

// ErrHeaders refuses headers that are too long or too many.
func ErrHeaders() *models.Error { return errHeaders }

// Body reads the whole body, which may have so many bytes. It can be called again.
func (r *Incoming) Body(limit int) ([]byte, error) {
	if r.asked {
		return r.data, r.err
	}
	r.asked = true
	r.data, r.err = r.read(int64(r.Limit(limit)))
	return r.data, r.err
}

// Limit gives a route's limit of a body, or the operator's if that is less.
func (r *Incoming) Limit(route int) int {
	if operators := r.bounds.Body; operators > 0 && operators < route {
		return operators
	}
	return route
}

func (r *Incoming) read(limit int64) ([]byte, error) {
	if r.Length == 0 {
		return nil, nil
	}
	if r.Length > limit {
		return nil, r.tooLarge()
	}
	from := &Reader{of: r, left: limit}
	size := r.Length
	if size < 0 {
		size = min(limit, 4<<10)
	}
	data := make([]byte, 0, min(size+1, 64<<10)) // the last byte is for seeing the end
	for {
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		n, err := from.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return nil, err
		}
	}
}

func (r *Incoming) tooLarge() error {
	r.bounds.BodySize.Refuse()
	return models.Fail(models.TooLarge, "")
}

// Stream gives the body to somebody who reads it by himself, so many bytes at most.
func (r *Incoming) Stream(limit int) *Reader {
	r.asked = true
	return &Reader{of: r, left: int64(limit)}
}

// Reader reads a body within the bounds. Its errors are a *models.Error or io.EOF.
type Reader struct {
	of   *Incoming
	left int64
}

// Read reads some of the body.
func (b *Reader) Read(into []byte) (int, error) {
	if int64(len(into)) > b.left+1 {
		into = into[:b.left+1]
	}
	if len(into) == 0 {
		return 0, nil
	}
	r := b.of
	if !r.bounds.Bodies.Take(int64(len(into))) {
		return 0, errBusy()
	}
	n, err := r.body.Read(into)
	r.bounds.Bodies.Give(int64(len(into) - n))
	r.held += int64(n)
	if b.left -= int64(n); b.left < 0 {
		return 0, r.tooLarge()
	}
	return n, worded(err)
}

// worded puts what a connection says into an error of ours.
func worded(err error) error {
	if e := (*models.Error)(nil); err == nil || errors.Is(err, io.EOF) || errors.As(err, &e) {
		return err
	}
	return errIncomplete
}
