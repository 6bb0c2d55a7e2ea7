package config

// Faces concerns the partners' dialects that prove who holds a number. The rates are requests per second; 0 = none.
type Faces struct {
	PerAddress    int    `koanf:"per_address" validate:"min=0,max=1000000"` // of an address that asks for tokens
	PerClient     int    `koanf:"per_client" validate:"min=0,max=1000000"`  // of a client that asks for tokens
	PerSubject    int    `koanf:"per_subject" validate:"min=0,max=1000000"` // of a person
	Issuer        string `koanf:"issuer" validate:"omitempty,url,max=200"`  // where clients find this gateway
	AllowLoopback bool   `koanf:"allow_loopback"`                           // identity providers on this machine too
}

// defaultFaces let a person and a server through, and stop a loop.
func defaultFaces() Faces { return Faces{PerAddress: 50, PerClient: 200, PerSubject: 20} }
