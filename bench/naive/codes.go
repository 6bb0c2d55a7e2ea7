package naive

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// SendPath and VerifyPath are where a code is asked for and typed back.
const (
	SendPath   = "/otp/send"
	VerifyPath = "/otp/verify"
)

// Country is the calling code of all numbers.
const Country = "234"

// codeRow is the code that was sent to a number last.
type codeRow struct {
	Phone     string `gorm:"primaryKey"`
	Code      string
	Tries     int
	ExpiresAt time.Time
	UsedAt    *time.Time
}

func (codeRow) TableName() string { return "otp_code" }

// sentRow is the record of a message.
type sentRow struct {
	ID      int64 `gorm:"primaryKey"`
	Phone   string
	Outcome string
	At      time.Time
}

func (sentRow) TableName() string { return "otp_sent" }

type codeRequest struct {
	Phone string `json:"phone" validate:"required,min=8,max=15"`
	Code  string `json:"code" validate:"omitempty,len=6"`
}

const maxTries = 5

var errCode = errors.New("the code is wrong")

// read reads a request of a known key.
func (h *handler) read(c *fiber.Ctx) (r codeRequest, err error) {
	if _, ok := h.keys[c.Get("token")]; !ok {
		return r, fiber.ErrForbidden
	}
	if err := c.BodyParser(&r); err != nil {
		return r, fiber.ErrBadRequest
	}
	if err := h.check.Struct(r); err != nil {
		return r, fiber.ErrBadRequest
	}
	return r, nil
}

// sendCode makes a code and sends it: a transaction before the message, and one after it.
func (h *handler) sendCode(c *fiber.Ctx) error {
	r, err := h.read(c)
	if err != nil {
		return err
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return err
	}
	code, now := fmt.Sprintf("%06d", n), time.Now()
	sent := sentRow{Phone: r.Phone, At: now}
	err = h.db.Transaction(func(tx *gorm.DB) error {
		var lately int64
		if err := tx.Model(&sentRow{}).Where("phone = ? AND at > ?", r.Phone, now.Add(-10*time.Minute)).Count(&lately).Error; err != nil {
			return err
		}
		if lately >= 3 {
			return fiber.ErrTooManyRequests
		}
		row := codeRow{Phone: r.Phone, Code: code, ExpiresAt: now.Add(5 * time.Minute)}
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error; err != nil {
			return err
		}
		return tx.Create(&sent).Error
	})
	if err != nil {
		return err
	}
	sent.Outcome = h.message(c, r.Phone, code)
	if err := h.db.Save(&sent).Error; err != nil {
		return err
	}
	return c.JSON(fiber.Map{"sent": sent.Outcome == "accepted"})
}

// message hands a message to the sink.
func (h *handler) message(c *fiber.Ctx, phone, code string) (outcome string) {
	body, err := json.Marshal(map[string]string{"to": Country + phone, "sms": code + " is your verification code."})
	if err != nil {
		return "failed"
	}
	req, err := http.NewRequestWithContext(c.UserContext(), http.MethodPost, h.sink, bytes.NewReader(body))
	if err != nil {
		return "failed"
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return "failed"
	}
	_ = resp.Body.Close()
	return "accepted"
}

// verifyCode compares a code and uses it up, in one transaction that counts the try.
func (h *handler) verifyCode(c *fiber.Ctx) error {
	r, err := h.read(c)
	if err != nil {
		return err
	}
	var refusal error
	err = h.db.Transaction(func(tx *gorm.DB) error {
		var row codeRow
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).First(&row, "phone = ?", r.Phone).Error; err != nil {
			return err
		}
		now := time.Now()
		switch {
		case row.UsedAt != nil || row.Tries >= maxTries || now.After(row.ExpiresAt):
			return errCode
		case row.Code != r.Code:
			row.Tries, refusal = row.Tries+1, errCode
		default:
			row.UsedAt = &now
		}
		return tx.Save(&row).Error
	})
	if err = errors.Join(err, refusal); err != nil {
		return c.Status(fiber.StatusBadRequest).JSON(fiber.Map{"message": err.Error()})
	}
	return c.JSON(fiber.Map{"verified": true})
}
